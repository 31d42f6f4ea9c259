"""How fast samplers are beside busy processes: the table of ``tools/bench_wavenet.py --busy``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from speechgen.reporting.cells import measured_on
from speechgen.reporting.results import Result
from speechgen.reporting.table import Table

KIND = "busy speed"
_HEADER = [
    "size", "engine", "batch", "busy processes", "one thread, samples/s (slowest)",
    "always two (slowest)", "as many as pay (slowest)", "always two, times one",
    "as many as pay, times one", "first 50 ms: one (ms)", "always two", "as many as pay",
]  # fmt: skip


def busy_sampling_tables(results: Sequence[Result]) -> str:
    """Tables of all results."""
    return "\n\n".join(busy_sampling_table(result) for result in results)


def busy_sampling_table(result: Result) -> str:
    """One run of the benchmark: where, and each row."""
    where = f"{measured_on(result)} {result['context']['estimator']}."
    rows = [busy_row(row) for row in result["rows"]]
    return f"{where}\n\n{Table(_HEADER, rows).markdown().rstrip()}"


def busy_row(row: dict[str, Any]) -> list[str]:
    """The cells of one row."""
    ways = ("one", "always", "adaptive")
    return [
        *(str(row[name]) for name in ("size", "engine", "batch", "busy")),
        *(f"{row[way]['median']:,.0f} ({row[way]['slowest']:,.0f})" for way in ways),
        *(f"{row[way]['times_one_thread']:.2f}" for way in ways[1:]),
        *(f"{row[way]['first_50ms_milliseconds']:.0f}" for way in ways),
    ]
