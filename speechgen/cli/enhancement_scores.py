"""What ``speechgen score enhancement`` prints and writes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from speechgen.cli.common import console, print_line, report_failures


def report_enhancements(
    results: Sequence[dict[str, Any]], json: Path | None, markdown: Path | None, against: str
) -> None:
    """Print a table of ``results``, what is wrong with them and what failed; write it all.

    Raises
    ------
    typer.Exit
        With status 1, where something failed.
    """
    from speechgen.evaluation.compare_enhancers import (
        compare_enhancements,
        comparison_tables,
        notes_of,
    )
    from speechgen.files import write_json, write_text

    several = len(results) > 1
    if json is not None and not several:
        write_json(json, results[0])
    scored = all(result["files"] for result in results)
    comparison = compare_enhancements(results, against=against) if scored else None
    if json is not None and several:
        write_json(json, {"results": list(results), "comparison": comparison})
    notes = notes_of(results)
    if comparison is not None:
        if markdown is not None:
            lines = [comparison_tables(comparison), *(f"- {note}" for note in notes)]
            write_text(markdown, "\n".join(lines).rstrip() + "\n")
        _print_systems(comparison)
    for note in notes:
        print_line(f"note: {note}", style="yellow")
    if sum([report_failures(result) for result in results]):
        raise typer.Exit(1)


def _print_systems(comparison: dict[str, Any]) -> None:
    """A line for each measure of each system: mean, interval, difference to the one."""
    from rich.table import Table
    from rich.text import Text

    differ = len(comparison["systems"]) > 1
    shown = Table(show_edge=False)
    shown.add_column("system", overflow="fold")
    shown.add_column("measure", no_wrap=True)
    shown.add_column("mean", justify="right", no_wrap=True)
    shown.add_column("95 %", justify="right", no_wrap=True)
    if differ:
        shown.add_column(f"above {comparison['against']}, 95 %", justify="right", no_wrap=True)
    for name, row in comparison["systems"].items():
        for place, (metric, value) in enumerate(row["intervals"].items()):
            last = place == len(row["intervals"]) - 1
            cells = [
                Text(name if place == 0 else ""),
                metric,
                f"{value['mean']:.3f}",
                f"{value['low']:.3f} to {value['high']:.3f}",
            ]
            if differ:
                above = row["above"].get(metric)
                cells.append(_above(above) if above else "-")
            shown.add_row(*cells, end_section=last)
    console().print(shown)


def _above(value: dict[str, float]) -> str:
    return f"{value['mean']:+.3f} ({value['low']:+.3f}, {value['high']:+.3f})"
