"""Distances between frames of features, and how far they move in time."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from speechgen.losses.agreement import check_same_shape

Frames = Float[Tensor, "batch feature frame"]


def pooled_distance(
    estimate: Frames, target: Frames, *, scales: Sequence[int]
) -> Float[Tensor, ""]:
    """Mean absolute difference of averages over patches, averaged over the scales.

    A patch is ``scale`` features high and as many frames long. The larger it is, the more the
    course of a spectrum counts and the less its noise.

    Raises
    ------
    ValueError
        The shapes differ.
    """
    check_same_shape(estimate, target)
    difference = (estimate - target)[:, None]
    return torch.stack([F.avg_pool2d(difference, one).abs().mean() for one in scales]).mean()


def deviation_ratio(estimate: Frames, target: Frames) -> Float[Tensor, ""]:
    """Standard deviation over time of the estimate's features, as a part of the target's.

    1 where both move as much, below 1 where the estimate is smeared: T. Toda, A. Black, K. Tokuda,
    "Voice conversion based on maximum-likelihood estimation of spectral parameter trajectory", IEEE
    Trans. Audio Speech Lang. Process. 15(8), 2007, section III-B. Mean over features and examples.
    """
    check_same_shape(estimate, target)
    ours, theirs = (one.float().std(dim=2).clamp_min(1e-4) for one in (estimate, target))
    return (ours / theirs).mean()


def change_ratio(estimate: Frames, target: Frames) -> Float[Tensor, ""]:
    """:func:`deviation_ratio` of the differences between successive frames: of fast movement."""
    return deviation_ratio(estimate.diff(dim=2), target.diff(dim=2))
