"""How the scored models were trained."""

from __future__ import annotations

from collections.abc import Sequence

from speechgen.reporting.cells import NONE, text
from speechgen.reporting.results import Result
from speechgen.reporting.table import Table

_HEADER = ("model", "steps", "training time", "EMA", "seed", "data", "command")


def training_table(results: Sequence[Result]) -> str:
    """A row for each model, from what its directory tells; empty where none tells anything."""
    rows = {}
    for result in results:
        context = result["context"]
        training = context.get("training") or {}
        if not training.get("command"):
            continue
        data = ", ".join(f"{value} {key}" for key, value in (training.get("data") or {}).items())
        seconds = training.get("seconds")
        rows[context["model"]] = [
            f"`{context['model']}`",
            text(context.get("steps")),
            NONE if seconds is None else f"{seconds / 60:.0f} min",
            text(context.get("ema")),
            text(training.get("seed")),
            data or NONE,
            f"`{training['command']}`",
        ]
    return Table(_HEADER, rows.values()).markdown() if rows else ""
