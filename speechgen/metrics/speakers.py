"""Speaker verification: cosine score, equal error rate and detection cost."""

from __future__ import annotations

import numpy as np


def cosine(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Cosine of the angle between vectors, over the last axis, in [-1, 1].

    Parameters
    ----------
    a, b
        (..., feature), of shapes that broadcast; none of them zero.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    norms = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
    if not np.all(norms > 0):
        raise ValueError("a zero vector has no direction")
    return np.asarray((a * b).sum(axis=-1) / norms)


def equal_error_rate(targets: np.ndarray, impostors: np.ndarray) -> float:
    """Rate at which as many impostors are accepted as targets rejected, in [0, 1].

    The two error rates are steps of the threshold; where they cross between two thresholds, the
    crossing of the lines that join them is given.

    Parameters
    ----------
    targets, impostors
        Scores of trials with the same and with different speakers, higher meaning more alike.

    Raises
    ------
    ValueError
        One of the two kinds of trials is missing.
    """
    rejected, accepted = _error_rates(targets, impostors)
    after = int(np.argmax(rejected >= accepted))
    if after == 0:
        return float((rejected[0] + accepted[0]) / 2)
    gap_before = accepted[after - 1] - rejected[after - 1]
    gap_after = rejected[after] - accepted[after]
    share = gap_before / (gap_before + gap_after)
    return float(rejected[after - 1] + share * (rejected[after] - rejected[after - 1]))


def min_detection_cost(
    targets: np.ndarray,
    impostors: np.ndarray,
    *,
    p_target: float = 0.01,
    cost_miss: float = 1.0,
    cost_false_alarm: float = 1.0,
) -> float:
    """Detection cost at the best threshold, in [0, 1]; lower is better.

    As NIST's speaker recognition evaluations define it (evaluation plan of SRE 2016, section 3.1):
    ``cost_miss * p_target * P_miss + cost_false_alarm * (1 - p_target) * P_false_alarm``, divided
    by what the better of "never" and "always" costs, which is 1 then.

    Parameters
    ----------
    targets, impostors
        As for :func:`equal_error_rate`.
    p_target
        Share of trials that are of the same speaker, in (0, 1).
    cost_miss, cost_false_alarm
        Of an error of either kind.

    Raises
    ------
    ValueError
        One of the two kinds of trials is missing, or ``p_target`` is out of range.
    """
    if not 0 < p_target < 1:
        raise ValueError(f"p_target must lie between 0 and 1, not {p_target}")
    rejected, accepted = _error_rates(targets, impostors)
    miss, false_alarm = cost_miss * p_target, cost_false_alarm * (1 - p_target)
    return float((miss * rejected + false_alarm * accepted).min() / min(miss, false_alarm))


def _error_rates(targets: np.ndarray, impostors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rates of targets rejected and impostors accepted, (threshold,), the threshold rising."""
    targets = np.sort(np.asarray(targets, np.float64).ravel())
    impostors = np.sort(np.asarray(impostors, np.float64).ravel())
    if not len(targets) or not len(impostors):
        raise ValueError("verification needs trials of the same and of different speakers")
    thresholds = np.append(np.unique(np.concatenate([targets, impostors])), np.inf)
    rejected = np.searchsorted(targets, thresholds) / len(targets)
    accepted = 1 - np.searchsorted(impostors, thresholds) / len(impostors)
    return rejected, accepted
