"""The table of a sweep: a row for each run, a column for each validation value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from speechgen.reporting.cells import NONE, number
from speechgen.reporting.table import Table


def sweep_table(outcomes: Sequence[dict[str, Any]]) -> Table:
    """What became of the runs (:func:`speechgen.training.sweep.outcomes`), in their order."""
    measured = list(dict.fromkeys(name for run in outcomes for name in run["validation"]))
    failed = any(run["error"] for run in outcomes)
    rows = [
        [
            run["name"],
            number(run["steps"], "d"),
            number(run["seconds"], ".0f"),
            *(number(run["validation"].get(name), ".5g") for name in measured),
            *([run["error"] or NONE] if failed else []),
        ]
        for run in outcomes
    ]
    header = ["run", "steps", "seconds", *measured, *(["error"] if failed else [])]
    return Table(header, rows)
