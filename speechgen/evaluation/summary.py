"""Means over files, with their bootstrap intervals, as results hold them."""

from __future__ import annotations

import numpy as np

from speechgen.metrics import bootstrap_interval


def mean_and_interval(values: np.ndarray | list[float], seed: int = 0) -> dict[str, float]:
    """Mean, 95 % bootstrap interval and number of ``values``, one for each utterance."""
    low, high = bootstrap_interval(values, seed=seed)
    return {"mean": float(np.mean(values)), "low": low, "high": high, "utterances": len(values)}


def mean_of(
    files: dict[str, dict[str, float]], metrics: tuple[str, ...] | list[str]
) -> dict[str, float | None]:
    """Mean of each metric over the files that have it; None where none has."""
    means: dict[str, float | None] = {}
    for metric in metrics:
        values = [scores[metric] for scores in files.values() if metric in scores]
        values = [value for value in values if value is not None and np.isfinite(value)]
        means[metric] = float(np.mean(values)) if values else None
    return means


def median_of(
    files: dict[str, dict[str, float]], metrics: tuple[str, ...] | list[str]
) -> dict[str, float | None]:
    """Median of each metric, as ``median METRIC``, over the files that have it; None for none."""
    medians: dict[str, float | None] = {}
    for metric in metrics:
        values = [scores[metric] for scores in files.values() if scores.get(metric) is not None]
        finite = [value for value in values if np.isfinite(value)]
        medians[f"median {metric}"] = float(np.median(finite)) if finite else None
    return medians


def intervals_of(
    files: dict[str, dict[str, float]], metrics: tuple[str, ...] | list[str]
) -> dict[str, dict[str, float]]:
    """Mean, 95 % bootstrap interval and number of files of each metric that any file has."""
    intervals = {}
    for metric in metrics:
        values = [scores[metric] for scores in files.values() if scores.get(metric) is not None]
        if values:
            intervals[metric] = mean_and_interval(values)
    return intervals
