"""Where measures disagree: one says that a system is better than another, one that it is worse.

An enhancer that was trained for a measure gains in it more than in what is heard; one that takes
noise away takes speech with it. A table of many numbers hides that, a sentence does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from speechgen.metrics import METRICS

Interval = Mapping[str, float]


def find_conflict(above: Mapping[str, Interval]) -> tuple[list[str], list[str]]:
    """The measures that are better and those that are worse, in the order of ``above``.

    Parameters
    ----------
    above
        Measure to ``low`` and ``high``, the ends of the interval of the paired difference. Where
        0 is inside, the measure is neither.
    """
    better: list[str] = []
    worse: list[str] = []
    for metric, value in above.items():
        if value["low"] > 0 or value["high"] < 0:
            rises = value["low"] > 0
            (better if rises == METRICS[metric].higher_is_better else worse).append(metric)
    return better, worse


def tell_conflict(above: Mapping[str, Interval], against: str) -> str:
    """One line where some measures are better and others worse than those of ``against``, or "".

    Parameters are those of :func:`find_conflict`, with the ``mean`` of each difference.
    """
    better, worse = find_conflict(above)
    if not better or not worse:
        return ""
    return (
        f"{_list(better, above)} {'improves' if len(better) == 1 else 'improve'} on {against} while"
        f" {_list(worse, above)} {'worsens' if len(worse) == 1 else 'worsen'}; no measure alone"
        " tells which is better, listen to both"
    )


def _list(metrics: Sequence[str], above: Mapping[str, Interval]) -> str:
    """Measures with their differences: ``PESQ (+0.51), STOI (+0.012) and SSNR (+2.31)``."""
    shown = [f"{metric} ({_signed(above[metric]['mean'])})" for metric in metrics]
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def _signed(value: float) -> str:
    return f"{value:+.{3 if abs(value) < 0.1 else 2}f}"
