"""Between the range of images, [0, 1], and that of networks that end in tanh, [-1, 1]."""

from __future__ import annotations

from torch import Tensor


def signed(images: Tensor) -> Tensor:
    """[0, 1] to [-1, 1]."""
    return 2.0 * images - 1.0


def unsigned(values: Tensor) -> Tensor:
    """[-1, 1] to [0, 1]."""
    return 0.5 * (values + 1.0)
