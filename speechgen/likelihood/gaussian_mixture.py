"""A mixture of Gaussian densities over waveform values."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from speechgen.likelihood.mixture import Mixture


class GaussianMixture(Mixture):
    """Likelihood of one sample as a value on the whole line; draws are clipped to [-1, 1].

    ``log_prob`` is a density: it grows without bound as the scale falls, so it cannot be compared
    with the probability of a symbol. ``log_mass`` can.

    Parameters
    ----------
    mixtures
        Components.
    min_log_scale
        See :class:`Mixture`; -9 (four steps of 16 bits) is what arXiv:1807.07281 clips at.
    """

    name = "gaussian_mixture"
    discrete = False

    def __init__(self, mixtures: int = 10, min_log_scale: float = -9.0) -> None:
        super().__init__(mixtures, min_log_scale)

    def __str__(self) -> str:
        return f"{self.mixtures} Gaussians"

    def encode(self, wave: Tensor) -> Tensor:
        """Waveform, any shape -> the same in float32, clipped to [-1, 1]."""
        return wave.to(torch.float32).clamp(-1.0, 1.0)

    def decode(self, symbols: Tensor) -> Tensor:
        """The symbols themselves, in float32."""
        return symbols.to(torch.float32)

    def component_log_prob(self, symbols: Tensor, means: Tensor, log_scales: Tensor) -> Tensor:
        """Log-density of values (batch, 1, ...) in every component."""
        standard = (symbols.to(means.dtype) - means) * torch.exp(-log_scales)
        return -0.5 * standard.square() - log_scales - 0.5 * math.log(2.0 * math.pi)

    def component_log_mass(self, low: Tensor, high: Tensor) -> Tensor:
        """log P(low < z <= high) of a standard normal variable, in float64.

        An interval on one side of 0 is mirrored to the lower tail, whose logarithms are exact;
        across 0 the two halves are added.
        """
        mirrored = low > 0
        near = torch.where(mirrored, -low, high)
        far = torch.where(mirrored, -high, low)
        tail = torch.special.log_ndtr(near)
        tail = tail + torch.log(-torch.expm1(torch.special.log_ndtr(far) - tail))
        halves = torch.erf(high / math.sqrt(2.0)) - torch.erf(low / math.sqrt(2.0))
        return torch.where((low < 0) & (high > 0), torch.log(0.5 * halves), tail)

    def quantile(self, uniform: Tensor) -> Tensor:
        """The inverse of the normal cumulative distribution."""
        return torch.special.ndtri(uniform)
