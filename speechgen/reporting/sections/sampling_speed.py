"""How fast samplers are: the table of what ``tools/bench_wavenet.py`` measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from speechgen.reporting.cells import NONE, measured_on, number
from speechgen.reporting.results import Result
from speechgen.reporting.table import Table

_HEADER = [
    "size", "engine", "weights", "batch", "threads", "samples/s, all utterances",
    "times the PyTorch loop", "real-time factor", "first 50 ms (ms)", "memory (MiB)",
]  # fmt: skip


def sampling_speed_tables(results: Sequence[Result]) -> str:
    """Tables of all results: rates, and what reduced precision costs."""
    return "\n\n".join(speed_table(result) for result in results)


def speed_table(result: Result) -> str:
    """One run of the benchmark: where, each row, and bits per sample where they were measured."""
    where = f"{measured_on(result)} Compilation is not counted."
    parts = [where, Table(_HEADER, [speed_row(row) for row in result["rows"]]).markdown()]
    bits = result.get("bits") or {}
    if bits:
        cost = [
            [name, f"{value:.4f}", f"{value - bits['float32']:+.4f}"]
            for name, value in bits.items()
        ]
        table = Table(["weights", "held-out bits per sample", "cost"], cost)
        parts.append(table.markdown())
    return "\n\n".join(part.rstrip() for part in parts)


def speed_row(row: dict[str, Any]) -> list[str]:
    """The cells of one row; a rate of None is one that could not be measured."""
    cells = [str(row[name]) for name in ("size", "engine", "precision", "batch", "threads")]
    if row["samples_per_second"] is None:
        return [*cells, row["note"], NONE, NONE, NONE, NONE]
    times, latency = row.get("times_plain_loop"), row["first_50ms_milliseconds"]
    return [
        *cells,
        f"{row['samples_per_second']:,.0f}",
        number(times, ".1f"),
        f"{row['real_time_factor']:.3f}",
        number(latency, ".0f"),
        f"{row['peak_memory_mib']:.0f}",
    ]
