"""The table of a sweep: a row for each run, a column for each validation value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from speechgen.reporting.table import Table

NONE = "-"


def sweep_table(outcomes: Sequence[dict[str, Any]]) -> Table:
    """What became of the runs (:func:`speechgen.training.sweep.outcomes`), in their order."""
    measured = list(dict.fromkeys(name for run in outcomes for name in run["validation"]))
    failed = any(run["error"] for run in outcomes)
    rows = [
        [
            run["name"],
            NONE if run["steps"] is None else str(run["steps"]),
            NONE if run["seconds"] is None else f"{run['seconds']:.0f}",
            *(_number(run["validation"].get(name)) for name in measured),
            *([run["error"] or NONE] if failed else []),
        ]
        for run in outcomes
    ]
    header = ["run", "steps", "seconds", *measured, *(["error"] if failed else [])]
    return Table(header, rows)


def _number(value: float | None) -> str:
    return NONE if value is None else f"{value:.5g}"
