"""Every number with its provenance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from speechgen.evaluation.likelihood import CONDITIONS, GRID
from speechgen.metrics import METRICS
from speechgen.reporting.cells import NONE, number, text
from speechgen.reporting.results import Result, in_order, system
from speechgen.reporting.table import Table

_HEADER = (
    "metric", "value", "system", "estimator", "data, split", "step", "EMA", "seed", "machine",
    "wall time", "commit", "command",
)  # fmt: skip
_LABELS = dict(zip(GRID, ["nats per 16-bit sample", "bits per 16-bit sample"], strict=True))


def all_rows(results: Sequence[Result]) -> str:
    """Every number with estimator, data, checkpoint, seed, machine, time, commit and command."""
    rows = []
    for result in results:
        context = result["context"]
        origin = [text(context.get(key)) for key in ("steps", "ema", "seed", "machine")]
        seconds = context.get("wall_seconds")
        origin.append(NONE if seconds is None else f"{seconds:.0f} s")
        origin += [text(context.get("commit")), f"`{context.get('command', '')}`"]
        place = f"{context.get('data', '')}, {context.get('split', '')}"
        for name, value in in_order(result["mean"], (*METRICS, *CONDITIONS, *GRID)):
            label = _LABELS.get(name, f"bits per sample, {name}")
            if context.get("kind") != "likelihood":
                label = name
            front = [label, _value(value), system(result), text(context.get("estimator")), place]
            rows.append([*front, *origin])
    return Table(_HEADER, rows).markdown()


def _value(value: Any) -> str:
    return str(value) if isinstance(value, int) else number(value)
