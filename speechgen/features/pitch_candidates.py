"""Dips of YIN's difference function as candidates for the period, each with a probability.

M. Mauch and S. Dixon, "pYIN: a fundamental frequency estimator using probabilistic threshold
distributions", ICASSP 2014, with the constants of librosa: YIN's one threshold becomes a
distribution over thresholds, Beta(2, 18) with mean 0.1; under each of them the first dips are the
likelier ones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_CANDIDATES = 10  # of a frame, the deepest
_THRESHOLDS = np.linspace(0.0, 1.0, 101)
_BELOW = 1 - (1 - _THRESHOLDS) ** 18 * (1 + 18 * _THRESHOLDS)  # Beta(2, 18), cumulated
_WEIGHTS = np.diff(_BELOW)
_LATER_DIP = np.exp(-2.0)  # how much less likely than the one before
_NO_DIP = 0.01  # probability of the deepest dip where a threshold is below all


def pitch_candidates(
    normalised: Floats, plain: Floats, lag_min: int, lag_max: int
) -> tuple[Floats, Floats]:
    """Periods that fit each frame, and how likely each is.

    A range that begins or ends in a descent has a dip there: the best period lies beyond it, and
    what is inside is that much less likely.

    Parameters
    ----------
    normalised
        (frame, lag), the difference function divided by its cumulative mean, lags 0 to
        ``lag_max + 1``: tells the dips and their depths.
    plain
        (frame, lag), as it is: tells where between samples a dip is.
    lag_min, lag_max
        Where to look, in samples; ``lag_min`` at least 1.

    Returns
    -------
    lag : ndarray
        (frame, candidate), in samples, between samples by parabolic interpolation, ascending.
    probability : ndarray
        (frame, candidate), summing to at most 1; 0 where a frame has fewer dips.
    """
    left, middle, right = _neighbours(normalised, lag_min, lag_max)
    is_dip = (middle < left) & (middle <= right)
    is_dip[:, 0] = middle[:, 0] < right[:, 0]
    is_dip[:, -1] = middle[:, -1] < left[:, -1]
    depths = np.where(is_dip, middle, np.inf)
    count = min(_CANDIDATES, depths.shape[1])
    index = np.sort(np.argpartition(depths, count - 1, axis=1)[:, :count], axis=1)
    depth = np.take_along_axis(depths, index, axis=1)
    around = _neighbours(plain, lag_min, lag_max)
    shift = _vertex(*(np.take_along_axis(each, index, axis=1) for each in around))
    return index + lag_min + shift, _probabilities(depth)


def _neighbours(difference: Floats, lag_min: int, lag_max: int) -> tuple[Floats, Floats, Floats]:
    """What is before, at and after each lag of the range."""
    before, at, after = (slice(lag_min + step, lag_max + 1 + step) for step in (-1, 0, 1))
    return difference[:, before], difference[:, at], difference[:, after]


def _vertex(left: Floats, middle: Floats, right: Floats) -> Floats:
    """Where between -3 and 3 the parabola through three neighbours is lowest; 0 if it is not."""
    curvature = left - 2 * middle + right
    shift = np.zeros_like(middle)
    np.divide(0.5 * (left - right), curvature, out=shift, where=curvature > 1e-12)
    return np.clip(shift, -3.0, 3.0)


def _probabilities(depth: Floats) -> Floats:
    """Of dips in ascending order of lag, (frame, candidate); depths are infinite where none is."""
    below = depth[:, :, None] < _THRESHOLDS[1:]  # (frame, candidate, threshold)
    rank = np.cumsum(below, axis=1, dtype=np.int8) - 1
    share = np.where(below, (_LATER_DIP ** np.arange(depth.shape[1]))[rank], 0.0)
    weights = _WEIGHTS / np.maximum(share.sum(axis=1), 1.0)  # the first dip has a share of 1
    probability = (share @ weights[:, :, None])[:, :, 0]
    rows, deepest = np.arange(len(depth)), depth.argmin(axis=1)
    none_below = ~below[rows, deepest] @ _WEIGHTS
    exists = np.isfinite(depth[rows, deepest])
    probability[rows, deepest] += np.where(exists, _NO_DIP * none_below, 0.0)
    return np.asarray(probability, np.float64)
