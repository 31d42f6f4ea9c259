"""Statistics over time of features whose frames count unequally."""

from __future__ import annotations

from torch import Tensor


def weighted_statistics(hidden: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation (batch, channel) over time, in float32.

    Parameters
    ----------
    hidden
        (batch, channel, frame).
    weights
        Of the frames, of a shape that spreads to that; their sum over time is 1.
    """
    hidden = hidden.float()
    mean = (weights * hidden).sum(dim=2)
    variance = (weights * (hidden - mean.unsqueeze(2)).square()).sum(dim=2)
    return mean, (variance + 1e-6).sqrt()
