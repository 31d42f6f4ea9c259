"""Sampling a categorical distribution by inversion of its cumulative probabilities."""

from __future__ import annotations

import torch
from torch import Tensor

from speechgen.likelihood.base import at_least_float32, check_temperature


def cumulative(logits: Tensor, temperature: float = 1.0) -> Tensor:
    """(batch, class) logits -> cumulative probabilities (batch, class) float64, the last 1."""
    check_temperature(temperature)
    weights = torch.softmax(at_least_float32(logits) / temperature, dim=1)
    sums = weights.cumsum(dim=1, dtype=torch.float64)
    return sums / sums[:, -1:]


def invert(sums: Tensor, uniform: Tensor) -> Tensor:
    """The class that each of ``uniform`` (batch,) falls into: (batch,) long.

    It is the smallest one whose cumulative probability is above the uniform.
    """
    return (sums <= uniform.unsqueeze(1)).sum(dim=1).clamp_(max=sums.shape[1] - 1)
