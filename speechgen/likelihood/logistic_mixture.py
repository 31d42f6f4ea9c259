"""A mixture of logistic distributions over the levels of linear PCM (arXiv:1701.05517, 2.1).

A level's probability is that of its interval under the mixture. For one component, with
s(x) = 1 / (1 + exp(-x)) and standardised ends a < b::

    s(b) - s(a) = s(b) s(-a) (1 - exp(a - b))

whose logarithm is a sum of three terms, none of which cancels: it is exact in float32 for every
width, also where the paper's code falls back on the density times the width, its limit for a - b
towards 0. The outermost levels take all that lies further out.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from speechgen.errors import ConfigError
from speechgen.likelihood.mixture import Mixture


class LogisticMixture(Mixture):
    """Likelihood of one sample as one of the 2**bits levels of linear PCM.

    Level k is the waveform value (k - L/2) / (L/2), L = 2**bits.

    Parameters
    ----------
    mixtures
        Components.
    bits
        Of a level.
    min_log_scale
        See :class:`Mixture`; None for e**-2 times the distance of two levels (about -7 for 8 bits,
        as in the paper's code, and -12 for 16).

    Examples
    --------
    >>> LogisticMixture(mixtures=10, bits=16).num_params
    30
    """

    name = "logistic_mixture"
    discrete = True

    def __init__(
        self, mixtures: int = 10, bits: int = 16, min_log_scale: float | None = None
    ) -> None:
        if not 1 <= bits <= 16:
            raise ConfigError(f"bits must be in [1, 16], not {bits}")
        self.bits = bits
        self.levels = 2**bits
        if min_log_scale is None:
            min_log_scale = math.log(2.0 / self.levels) - 2.0
        super().__init__(mixtures, min_log_scale)

    def __str__(self) -> str:
        return f"{self.mixtures} logistics, {self.bits} bits"

    def encode(self, wave: Tensor) -> Tensor:
        """Waveform in [-1, 1], any shape -> the nearest levels (long)."""
        half = self.levels // 2
        return ((wave * half).round() + half).clamp(0, self.levels - 1).long()

    def decode(self, symbols: Tensor) -> Tensor:
        """Levels (long), any shape -> waveform values (float32)."""
        half = self.levels // 2
        return (symbols - half).to(torch.float32) / half

    def component_log_prob(self, symbols: Tensor, means: Tensor, log_scales: Tensor) -> Tensor:
        """Log-probability of levels (batch, 1, ...) in every component."""
        inverse = torch.exp(-log_scales)
        centre = (self.decode(symbols).to(means.dtype) - means) * inverse
        half = inverse / self.levels
        inside = torch.log(-torch.expm1(-2.0 * half))
        below, above = F.logsigmoid(centre + half), F.logsigmoid(half - centre)
        lowest, highest = symbols == 0, symbols == self.levels - 1
        inner = below + above + inside
        return torch.where(lowest, below, torch.where(highest, above, inner))

    def component_log_mass(self, low: Tensor, high: Tensor) -> Tensor:
        """log P(low < z <= high) of a standard logistic variable, in float64."""
        inside = torch.log(-torch.expm1(low - high))
        return F.logsigmoid(high) + F.logsigmoid(-low) + inside

    def quantile(self, uniform: Tensor) -> Tensor:
        """log(u / (1 - u))."""
        return torch.log(uniform) - torch.log1p(-uniform)
