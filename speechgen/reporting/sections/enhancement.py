"""Enhanced speech: systems by measures, and how far each is above the noisy input."""

from __future__ import annotations

from collections.abc import Sequence

from speechgen.evaluation.compare_enhancers import COMPARED, differences_of, paired
from speechgen.evaluation.conflicts import tell_conflict
from speechgen.evaluation.enhancement import CLEAN
from speechgen.evaluation.summary import weights_of
from speechgen.metrics import ENHANCEMENT_METRICS
from speechgen.reporting.cells import heading, mean_with_interval
from speechgen.reporting.results import Result, by_data, system
from speechgen.reporting.table import Table


def enhancement_tables(results: Sequence[Result]) -> str:
    """One table for each test set: systems by measures, means with 95 % intervals.

    Under it, how far each system is above the noisy input, paired by file; what the diagnosis of
    the scores found; and where one measure is above that of the noisy input and another below it.
    """
    text = ""
    for data, group in by_data(results).items():
        metrics = [name for name in COMPARED if name in ENHANCEMENT_METRICS or _any(group, name)]
        header = ["system", "files", *(heading(name) for name in metrics)]
        rows = []
        for result in group:
            failed = len(result.get("failed", {}))
            count = f"{len(result['files'])}" + (f" ({failed} failed)" if failed else "")
            rows.append([system(result), count, *(_cell(result, name) for name in metrics)])
        text += f"### Test set {data}\n\n{Table(header, rows).markdown()}\n"
        text += _gains(group, metrics) + _list([*notes_of(group), *_warnings(group)])
    return text


def notes_of(results: Sequence[Result]) -> list[str]:
    """What the diagnosis of the scores found, a line each, with the system's name in front."""
    return [
        f"{system(result)}: {note}"
        for result in results
        for note in result.get("diagnosis", {}).get("notes", [])
    ]


def _warnings(group: Sequence[Result]) -> list[str]:
    """A line for each system of which some measures are above those of noisy, some below."""
    lines = []
    for result, noisy, shared in _beside_noisy(group):
        above = differences_of(result["files"], noisy["files"], shared)
        warning = "" if system(result) == CLEAN else tell_conflict(above, "noisy")
        if warning:
            lines.append(f"{system(result)}: {warning}")
    return lines


def _list(notes: Sequence[str]) -> str:
    """The notes as a list."""
    return "".join([*(f"- {note}\n" for note in notes), "\n"]) if notes else ""


def _gains(group: Sequence[Result], metrics: Sequence[str]) -> str:
    """Differences to the noisy input, paired by file."""
    rows = []
    for result, noisy, shared in _beside_noisy(group):
        cells = []
        for metric in metrics:
            values, weights = paired(result["files"], noisy["files"], shared, metric)
            cells.append(mean_with_interval(values, signed=True, weights=weights))
        rows.append([system(result), f"{len(shared)}", *cells])
    if not rows:
        return ""
    header = ["gain over noisy, paired", "files", *(heading(name) for name in metrics)]
    return Table(header, rows).markdown() + "\n"


def _beside_noisy(group: Sequence[Result]) -> list[tuple[Result, Result, list[str]]]:
    """Every other result, the noisy one, and the files that both have; none without it."""
    noisy = next((result for result in group if system(result) == "noisy"), None)
    if noisy is None:
        return []
    others = [result for result in group if result is not noisy]
    return [(one, noisy, sorted(one["files"].keys() & noisy["files"].keys())) for one in others]


def _any(group: Sequence[Result], metric: str) -> bool:
    return any(result["mean"].get(metric) is not None for result in group)


def _cell(result: Result, metric: str) -> str:
    """Mean and interval over the files that have the metric."""
    scores = [one for one in result["files"].values() if one.get(metric) is not None]
    weights = weights_of(scores, metric)
    return mean_with_interval([one[metric] for one in scores], weights=weights)
