"""The snake activation: a straight line with a periodic ripple, for signals that repeat.

L. Ziyin, T. Hartwig, M. Ueda 2020 (arXiv:2006.08195), Eq. 3: ``x + sin^2(a x) / a``. Its slope is
between 0 and 2 and its mean slope 1, whatever ``a``.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn


class Snake(nn.Module):
    """``x + sin^2(a x) / a`` with a frequency ``a > 0`` for each channel, learned as its logarithm.

    Parameters
    ----------
    channels
        Size of axis 1.
    frequency
        Where each ``a`` begins.
    """

    def __init__(self, channels: int, *, frequency: float = 1.0) -> None:
        super().__init__()
        self.log_frequency = nn.Parameter(torch.full((channels, 1), math.log(frequency)))

    def forward(
        self, x: Float[Tensor, "batch channel time"]
    ) -> Float[Tensor, "batch channel time"]:
        """Entry by entry."""
        frequency = self.log_frequency.exp()
        # sin^2(a) = (1 - cos(2 a)) / 2: one function fewer to differentiate
        return x + (0.5 - 0.5 * torch.cos(2.0 * frequency * x)) / frequency
