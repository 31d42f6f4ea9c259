"""The evidence lower bound (ELBO) and its two parts, rate and distortion.

::

    log p(x) = ELBO + KL(q(z|x), p(z|x)),     ELBO = E_q[log p(x|z)] - KL(q(z|x), p(z))

In bits the ELBO is what a message costs: the *rate* KL(q, p) for z, and the *distortion*
-E[log p(x|z)] for x once z is known. Sums run over dimensions; a mean over the batch is taken once,
by :func:`weighted_loss`, and everything is in nats unless its name says bits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from speechgen.likelihood.units import nats_to_bits
from speechgen.variational.divergence import closed_form_kl, log_ratio


@dataclass(frozen=True)
class Evidence:
    """Estimates for a batch from some draws of the posterior.

    Attributes
    ----------
    log_likelihood
        log p(x|z), (sample, batch).
    log_ratio
        log q(z|x) - log p(z) of the same draws, (sample, batch).
    kl
        KL(q(z|x), p(z)) by entry of the latents, (batch, latent), further axes summed: in closed
        form where there is one, else the mean over the draws.
    """

    log_likelihood: Tensor
    log_ratio: Tensor
    kl: Tensor

    @property
    def log_weights(self) -> Tensor:
        """log p(x, z) - log q(z|x), (sample, batch)."""
        return self.log_likelihood - self.log_ratio

    @property
    def rate_nats(self) -> Tensor:
        """KL(q(z|x), p(z)), (batch,)."""
        return self.kl.sum(dim=1)

    @property
    def distortion_nats(self) -> Tensor:
        """-E[log p(x|z)], the mean over the draws, (batch,)."""
        return -self.log_likelihood.mean(dim=0)

    @property
    def elbo_nats(self) -> Tensor:
        """The evidence lower bound of every example, (batch,)."""
        return -(self.distortion_nats + self.rate_nats)

    def values(self) -> dict[str, Tensor]:
        """Means over the batch: ``elbo_nats``, ``rate_bits`` and ``distortion_bits``."""
        return {
            "elbo_nats": self.elbo_nats.mean(),
            "rate_bits": nats_to_bits(self.rate_nats.mean()),
            "distortion_bits": nats_to_bits(self.distortion_nats.mean()),
        }


def evidence(
    posterior: Any, prior: Any, log_likelihood: Callable[[Tensor], Tensor], noise: Tensor
) -> Evidence:
    """Sample the posterior and weight the draws: the L-sample estimator of arXiv:1312.6114.

    Parameters
    ----------
    posterior
        Gives ``draw(noise)``: latents and their log-densities by entry.
    prior
        Gives ``log_prob(latents)`` by entry.
    log_likelihood
        Latents (sample, batch, latent, ...) to log p(x|z) in nats, (sample, batch).
    noise
        (sample, batch, latent, ...) from N(0, I).
    """
    latents, ratio = log_ratio(posterior, prior, noise)
    kl = closed_form_kl(posterior, prior)
    entries = ratio.mean(dim=0) if kl is None else kl.expand(noise.shape[1:])
    by_latent = entries.flatten(2).sum(dim=2) if entries.ndim > 2 else entries
    return Evidence(log_likelihood(latents), ratio.flatten(2).sum(dim=2), by_latent)


def weighted_loss(
    evidence: Evidence, *, kl_weight: float = 1.0, free_bits_nats: float = 0.0
) -> Tensor:
    """The loss: distortion + weight * rate, the mean over the batch in nats.

    Parameters
    ----------
    kl_weight
        beta of arXiv:1804.03599 and arXiv:1511.06349, annealed or not; 1 is the negative ELBO.
    free_bits_nats
        Lambda of arXiv:1606.04934, appendix C.8, for every latent: a latent whose mean KL over the
        batch is below it costs exactly that, so nothing is gained by using it less.
    """
    by_latent = evidence.kl.mean(dim=0)
    if free_bits_nats > 0.0:
        by_latent = by_latent.clamp_min(free_bits_nats)
    return evidence.distortion_nats.mean() + kl_weight * by_latent.sum()


def linear_annealing(step: int, steps: int) -> float:
    """A factor that rises evenly and is 1 from step number ``steps`` on; 1 at once for 0 steps."""
    return 1.0 if steps <= 0 else min(1.0, (step + 1) / (steps + 1))


def standard_noise(
    shape: tuple[int, ...], like: Tensor, generator: torch.Generator | None = None
) -> Tensor:
    """N(0, I) in the type and on the device of ``like``, drawn on the device of ``generator``."""
    device = like.device if generator is None else generator.device
    return torch.randn(shape, generator=generator, device=device, dtype=like.dtype).to(like.device)
