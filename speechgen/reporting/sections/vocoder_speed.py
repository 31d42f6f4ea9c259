"""How fast vocoders are: the table of what ``tools/bench_vocoders.py`` measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from speechgen.reporting.cells import measured_on, number
from speechgen.reporting.results import Result
from speechgen.reporting.table import Table

KIND = "vocoder speed"
_HEADER = [
    "model", "weights", "threads", "samples/s", "real-time factor", "delay (ms)",
    "first sound (ms)", "a frame alone (ms)",
]  # fmt: skip


def vocoder_speed_tables(results: Sequence[Result]) -> str:
    """Tables of all results."""
    return "\n\n".join(vocoder_speed_table(result) for result in results)


def vocoder_speed_table(result: Result) -> str:
    """One run of the benchmark: where, and each row."""
    estimator = result["context"].get("estimator", "")
    where = f"{measured_on(result)} {estimator.capitalize()}."
    return f"{where}\n\n{Table(_HEADER, [_row(row) for row in result['rows']]).markdown()}"


def _row(row: dict[str, Any]) -> list[str]:
    return [
        str(row["model"]),
        f"{row['weights'] / 1e6:.2f} M",
        str(row["threads"]),
        f"{row['samples_per_second']:,.0f}",
        f"{row['real_time_factor']:.4f}",
        number(row["delay_milliseconds"], ".0f"),
        number(row["first_sound_milliseconds"], ".1f"),
        number(row["frame_milliseconds"], ".1f"),
    ]
