"""A mean with its bootstrap interval, as results hold it."""

from __future__ import annotations

import numpy as np

from speechgen.metrics import bootstrap_interval


def with_interval(values: list[float], seed: int = 0) -> dict[str, float]:
    """Mean, 95 % bootstrap interval and number of ``values``, one for each utterance."""
    low, high = bootstrap_interval(values, seed=seed)
    return {"mean": float(np.mean(values)), "low": low, "high": high, "utterances": len(values)}
