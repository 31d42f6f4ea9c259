"""The table of a sweep: a row for each run, a column for each validation value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from speechgen.reporting.cells import NONE
from speechgen.reporting.table import Table


def sweep_table(outcomes: Sequence[dict[str, Any]]) -> Table:
    """What became of the runs (:func:`speechgen.training.sweep.outcomes`), in their order.

    Keys are shortened to their last part; a run that failed has no steps.
    """
    measured = list(dict.fromkeys(name for run in outcomes for name in run["validation"]))
    rows = [
        [
            re.sub(r"(?:\w+\.)+(\w+=)", r"\1", run["name"]),
            "failed" if run["error"] else str(run["steps"]),
            NONE if run["seconds"] is None else f"{run['seconds']:.0f}",
            *(_number(run["validation"].get(name)) for name in measured),
        ]
        for run in outcomes
    ]
    return Table(["run", "steps", "seconds", *measured], rows)


def sweep_page(outcomes: Sequence[dict[str, Any]]) -> str:
    """The table in Markdown, and the reasons of the runs that failed."""
    failed = [f"- {run['name']}: {run['error']}\n" for run in outcomes if run["error"]]
    return sweep_table(outcomes).markdown() + "".join(["\n", *failed] if failed else [])


def _number(value: float | None) -> str:
    return NONE if value is None else f"{value:.5g}"
