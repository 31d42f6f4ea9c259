"""What two waves or spectra must have in common to be compared."""

from __future__ import annotations

from torch import Tensor


def check_same_shape(estimate: Tensor, target: Tensor) -> None:
    """Raise ValueError unless both have one shape."""
    if estimate.shape != target.shape:
        raise ValueError(f"estimate is {tuple(estimate.shape)}, target {tuple(target.shape)}")
