"""How fast networks train: the table of what ``tools/bench_training.py`` measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from speechgen.reporting.cells import NONE, measured_on
from speechgen.reporting.results import Result
from speechgen.reporting.table import Table

KIND = "training speed"
_HEADER = [
    "experiment", "precision", "threads", "samples a step", "steps/s ↑", "samples/s ↑",
    "before, samples/s", "times before ↑",
]  # fmt: skip


def training_speed_tables(results: Sequence[Result]) -> str:
    """Tables of all results."""
    return "\n\n".join(training_speed_table(result) for result in results)


def training_speed_table(result: Result) -> str:
    """One run of the benchmark."""
    where = f"{measured_on(result)} {result['context']['estimator']}."
    compared = any("times" in row for row in result["rows"])
    width = len(_HEADER) if compared else len(_HEADER) - 2
    rows = [_cells(row)[:width] for row in result["rows"]]
    return f"{where}\n\n{Table(_HEADER[:width], rows).markdown().rstrip()}"


def _cells(row: dict[str, Any]) -> list[str]:
    front = [row["experiment"], row["precision"], str(row["threads"])]
    if "note" in row:
        return [*front, row["note"], *[NONE] * 4]
    cells = [
        *front,
        f"{row['samples_per_step']:,}",
        f"{row['steps_per_second']:.2f}",
        f"{row['samples_per_second']:,.0f}",
    ]
    if "times" not in row:
        return [*cells, NONE, NONE]
    return [*cells, f"{row['samples_per_second_before']:,.0f}", f"{row['times']:.2f}"]
