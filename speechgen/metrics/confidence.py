"""Confidence intervals of a mean."""

from __future__ import annotations

import numpy as np

_RESAMPLES = 10000


def bootstrap_interval(
    values: np.ndarray | list[float], *, seed: int = 0, confidence: float = 0.95
) -> tuple[float, float]:
    """Percentile bootstrap interval of the mean.

    B. Efron, "Bootstrap methods: another look at the jackknife", 1979; 10000 resamples of the
    values with replacement.

    Parameters
    ----------
    values
        One number an utterance, (utterance,).
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
        There are no values, or one is NaN or infinite.
    """
    array = np.asarray(values, np.float64)
    if array.ndim != 1 or not len(array) or not np.isfinite(array).all():
        raise ValueError("a bootstrap interval needs at least one value, all of them finite")
    generator = np.random.default_rng(seed)
    means = np.empty(_RESAMPLES)
    block = max(1, 4_000_000 // len(array))
    for start in range(0, _RESAMPLES, block):
        count = min(block, _RESAMPLES - start)
        picks = generator.integers(0, len(array), (count, len(array)))
        means[start : start + count] = array[picks].mean(axis=1)
    tail = (1 - confidence) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)
