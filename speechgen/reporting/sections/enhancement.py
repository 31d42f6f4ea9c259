"""Enhanced speech: systems by measures, and how far each is above the noisy input."""

from __future__ import annotations

from collections.abc import Sequence

from speechgen.metrics import ENHANCEMENT_METRICS
from speechgen.reporting.cells import heading, mean_with_interval
from speechgen.reporting.results import Result, by_data, column, system
from speechgen.reporting.table import Table


def enhancement_tables(results: Sequence[Result]) -> str:
    """One table for each test set: systems by measures, means with 95 % intervals.

    Under it, how far each system is above the noisy input, paired by file, and what the diagnosis
    of the scores found.
    """
    text = ""
    for data, group in by_data(results).items():
        header = ["system", "files", *(heading(name) for name in ENHANCEMENT_METRICS)]
        rows = []
        for result in group:
            scores = [column(result, name) for name in ENHANCEMENT_METRICS]
            failed = len(result.get("failed", {}))
            count = f"{len(result['files'])}" + (f" ({failed} failed)" if failed else "")
            rows.append([system(result), count, *map(mean_with_interval, scores)])
        text += f"### Test set {data}\n\n{Table(header, rows).markdown()}\n{_gains(group)}"
        text += _notes(group)
    return text


def notes_of(results: Sequence[Result]) -> list[str]:
    """What the diagnosis of the scores found, a line each, with the system's name in front."""
    return [
        f"{system(result)}: {note}"
        for result in results
        for note in result.get("diagnosis", {}).get("notes", [])
    ]


def _notes(group: Sequence[Result]) -> str:
    """The notes as a list."""
    lines = [f"- {note}\n" for note in notes_of(group)]
    return "".join([*lines, "\n"]) if lines else ""


def _gains(group: Sequence[Result]) -> str:
    """Differences to the noisy input, paired by file."""
    noisy = next((result for result in group if system(result) == "noisy"), None)
    rows = []
    for result in group:
        if noisy is None or result is noisy:
            continue
        shared = sorted(result["files"].keys() & noisy["files"].keys())
        cells = [
            mean_with_interval(_differences(result, noisy, shared, metric), signed=True)
            for metric in ENHANCEMENT_METRICS
        ]
        rows.append([system(result), f"{len(shared)}", *cells])
    if not rows:
        return ""
    header = ["gain over noisy, paired", "files", *(heading(name) for name in ENHANCEMENT_METRICS)]
    return Table(header, rows).markdown() + "\n"


def _differences(result: Result, other: Result, names: Sequence[str], metric: str) -> list[float]:
    """A metric's differences over the files ``names`` for which both have it."""
    pairs = (
        (result["files"][name].get(metric), other["files"][name].get(metric)) for name in names
    )
    return [one - two for one, two in pairs if one is not None and two is not None]
