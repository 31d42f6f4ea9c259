"""A Gaussian distribution of pixels: mean and log-variance, or one variance for all."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from speechgen.likelihood.base import at_least_float32, check_temperature
from speechgen.likelihood.pixels import PixelLikelihood

LOG_VARIANCE_RANGE = (-10.0, 10.0)


class GaussianPixels(PixelLikelihood):
    """N(mean, exp(log_variance)) for every value on its own; shapes as in :mod:`.pixels`.

    ``-log_prob`` is 0.5 log var + (x - mean)^2 / (2 var) + 0.5 log 2 pi: a log-*density* over
    values in [0, 1], so nats of images may be negative.

    Parameters
    ----------
    log_variance
        Of all values, if they share it: then the params are the mean alone, and the likelihood is
        least squares but for a factor and a constant. None lets the network give it; it is clamped
        to ``LOG_VARIANCE_RANGE``.
    """

    name = "gaussian"
    levels = 256

    def __init__(self, log_variance: float | None = None) -> None:
        self.log_variance = log_variance
        self.num_params = 2 if log_variance is None else 1

    def __str__(self) -> str:
        return "Gaussian" if self.log_variance is None else "Gaussian of one variance"

    def split(self, params: Tensor) -> tuple[Tensor, Tensor]:
        """(batch, param, ...) -> mean and clamped log-variance, (batch, ...) each."""
        params = at_least_float32(params)
        mean = params[:, 0]
        if self.log_variance is not None:
            return mean, torch.full_like(mean, self.log_variance)
        return mean, params[:, 1].clamp(*LOG_VARIANCE_RANGE)

    def log_prob(self, params: Tensor, images: Tensor) -> Tensor:
        """Log-density of every value in nats: (batch, param, ...), (batch, ...) -> (batch, ...)."""
        mean, log_variance = self.split(params)
        deviation = (images - mean).square() * torch.exp(-log_variance)
        return -0.5 * (math.log(2.0 * math.pi) + log_variance + deviation)

    def sample(self, params: Tensor, noise: Tensor, temperature: float = 1.0) -> Tensor:
        """The quantiles of the uniforms, clipped to [0, 1]; ``temperature`` scales the spread."""
        check_temperature(temperature)
        mean, log_variance = self.split(params)
        tiny = torch.finfo(mean.dtype).eps
        deviation = torch.special.ndtri(noise.to(mean.dtype).clamp(tiny, 1.0 - tiny))
        return (mean + temperature * torch.exp(0.5 * log_variance) * deviation).clamp(0.0, 1.0)

    def mode(self, params: Tensor) -> Tensor:
        """The mean, clipped to [0, 1]."""
        return self.split(params)[0].clamp(0.0, 1.0)

    def mean(self, params: Tensor) -> Tensor:
        """(batch, param, ...) -> the mean, clipped to [0, 1]."""
        return self.mode(params)
