"""Means over files, with their bootstrap intervals, as results hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from speechgen.metrics import METRICS, bootstrap_interval


def mean_and_interval(
    values: np.ndarray | list[float], seed: int = 0, weights: list[float] | None = None
) -> dict[str, float]:
    """Mean, 95 % bootstrap interval and number of ``values``, one for each utterance.

    ``weights`` is what each counts for; None: all alike.
    """
    low, high = bootstrap_interval(values, seed=seed, weights=weights)
    mean = float(np.average(values, weights=weights))
    return {"mean": mean, "low": low, "high": high, "utterances": len(values)}


def weights_of(files: Sequence[Mapping[str, float]], metric: str) -> list[float] | None:
    """What the scores of each file count for in the mean of ``metric``; None: all alike."""
    count = METRICS[metric].weighted_by if metric in METRICS else ""
    return [scores[count] for scores in files] if count else None


def mean_of(
    files: dict[str, dict[str, float]], metrics: tuple[str, ...] | list[str]
) -> dict[str, float | None]:
    """Mean of each metric over the files that have it; None where none has.

    It is weighted where the metric is (:attr:`speechgen.metrics.Metric.weighted_by`).
    """
    means: dict[str, float | None] = {}
    for metric in metrics:
        counted = [s for s in files.values() if s.get(metric) is not None]
        counted = [scores for scores in counted if np.isfinite(scores[metric])]
        values = [scores[metric] for scores in counted]
        weights = weights_of(counted, metric)
        means[metric] = float(np.average(values, weights=weights)) if values else None
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
        counted = [scores for scores in files.values() if scores.get(metric) is not None]
        if counted:
            values = [scores[metric] for scores in counted]
            intervals[metric] = mean_and_interval(values, weights=weights_of(counted, metric))
    return intervals
