"""A Gaussian with a diagonal covariance: the usual posterior, and the usual prior.

Spread is ``log_variance`` everywhere in this package; nothing else is stored or passed on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from speechgen.likelihood.base import at_least_float32

LOG_TWO_PI = math.log(2.0 * math.pi)
#: what :meth:`DiagonalGaussian.from_params` keeps log-variances between
LOG_VARIANCE_RANGE = (-14.0, 10.0)


@dataclass(frozen=True)
class DiagonalGaussian:
    """N(mean, diag(exp(log_variance))) over latents (batch, latent, ...) of any further axes.

    A missing batch axis, or one more in front for several draws, is broadcast. Densities are given
    entry by entry: their sum over all axes but the batch is the joint one.
    """

    mean: Tensor
    log_variance: Tensor

    @classmethod
    def from_params(cls, params: Tensor) -> DiagonalGaussian:
        """Split a network's output (batch, 2 * latent, ...): means first, then log-variances.

        Log-variances are kept within ``LOG_VARIANCE_RANGE``: no network overflows at its start.
        """
        mean, log_variance = at_least_float32(params).chunk(2, dim=1)
        return cls(mean, log_variance.clamp(*LOG_VARIANCE_RANGE))

    @classmethod
    def standard_like(cls, latents: Tensor) -> DiagonalGaussian:
        """N(0, I) over latents such as these."""
        return cls(torch.zeros_like(latents), torch.zeros_like(latents))

    def sample(self, noise: Tensor) -> Tensor:
        """``mean + sigma * noise`` (arXiv:1312.6114, section 2.4); ``noise`` ~ N(0, I) is given.

        The result has gradients with respect to both parameters.
        """
        return self.mean + torch.exp(0.5 * self.log_variance) * noise

    def log_prob(self, latents: Tensor) -> Tensor:
        """Log-density of every entry in nats, 0.5 log 2 pi included."""
        deviation = (latents - self.mean).square() * torch.exp(-self.log_variance)
        return -0.5 * (LOG_TWO_PI + self.log_variance + deviation)

    def draw(self, noise: Tensor) -> tuple[Tensor, Tensor]:
        """:meth:`sample`, and the log-density of what it gave, entry by entry, in nats."""
        log_prob = -0.5 * (LOG_TWO_PI + self.log_variance + noise.square())
        return self.sample(noise), log_prob
