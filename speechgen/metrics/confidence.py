"""Confidence intervals of a mean."""

from __future__ import annotations

import numpy as np

_RESAMPLES = 10000


def bootstrap_interval(
    values: np.ndarray | list[float],
    *,
    weights: np.ndarray | list[float] | None = None,
    seed: int = 0,
    confidence: float = 0.95,
) -> tuple[float, float]:
    """Percentile bootstrap interval of the mean, or of the weighted mean.

    B. Efron, "Bootstrap methods: another look at the jackknife", 1979; 10000 resamples of the
    values with replacement.

    Parameters
    ----------
    values
        One number an utterance, (utterance,).
    weights
        What each counts for in the mean, above 0, (utterance,); a value is resampled with its
        weight. None: all alike.
    seed
        Of the resampling; the same seed gives the same interval.
    confidence
        Share of resampled means inside.

    Returns
    -------
    tuple
        Lower and upper end.

    Raises
    ------
    ValueError
        There are no values, one is NaN or infinite, or a weight is not above 0.
    """
    array = np.asarray(values, np.float64)
    if array.ndim != 1 or not len(array) or not np.isfinite(array).all():
        raise ValueError("a bootstrap interval needs at least one value, all of them finite")
    share = None if weights is None else np.asarray(weights, np.float64)
    if share is not None and (share.shape != array.shape or not (share > 0).all()):
        raise ValueError("a weighted mean needs a weight above 0 for every value")
    generator = np.random.default_rng(seed)
    means = np.empty(_RESAMPLES)
    block = max(1, 4_000_000 // len(array))
    for start in range(0, _RESAMPLES, block):
        count = min(block, _RESAMPLES - start)
        picks = generator.integers(0, len(array), (count, len(array)))
        drawn = array[picks]
        if share is None:
            means[start : start + count] = drawn.mean(axis=1)
        else:
            means[start : start + count] = np.average(drawn, axis=1, weights=share[picks])
    tail = (1 - confidence) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)
