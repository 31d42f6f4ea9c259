"""KL(q, p) in nats: in closed form, or estimated from draws."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from speechgen.variational.gaussian import DiagonalGaussian
from speechgen.variational.priors import Squashed, Uniform


def standard_gaussian_kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, var), N(0, 1)) = 0.5 (var + mean^2 - 1 - log var), entry by entry, in nats.

    arXiv:1312.6114, appendix B; exactly 0 at mean 0 and log-variance 0.
    """
    return 0.5 * (torch.expm1(log_variance) - log_variance + mean.square())


def gaussian_kl(posterior: DiagonalGaussian, prior: DiagonalGaussian) -> Tensor:
    """KL between two diagonal Gaussians, entry by entry, in nats."""
    difference = posterior.log_variance - prior.log_variance
    distance = (posterior.mean - prior.mean).square() * torch.exp(-prior.log_variance)
    return 0.5 * (torch.expm1(difference) - difference + distance)


def closed_form_kl(posterior: Any, prior: Any) -> Tensor | None:
    """KL(posterior, prior) entry by entry in nats, or None where no formula is known."""
    if isinstance(posterior, DiagonalGaussian) and isinstance(prior, DiagonalGaussian):
        return gaussian_kl(posterior, prior)
    if isinstance(posterior, Squashed) and isinstance(prior, Uniform):
        inner = posterior.inner
        if isinstance(inner, DiagonalGaussian):
            return standard_gaussian_kl(inner.mean, inner.log_variance)
    return None


def log_ratio(posterior: Any, prior: Any, noise: Tensor) -> tuple[Tensor, Tensor]:
    """Draws of the posterior, and log q - log p of each of their entries in nats.

    The mean of the second over many draws is the divergence: the Monte Carlo estimate that serves
    every posterior with a density of its draws, and every prior.
    """
    latents, log_posterior = posterior.draw(noise)
    return latents, log_posterior - prior.log_prob(latents)
