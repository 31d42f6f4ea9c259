"""How fast enhancers are: the tables of what ``tools/bench_enhance.py`` measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from speechgen.reporting.cells import NONE, measured_on, number
from speechgen.reporting.results import Result
from speechgen.reporting.table import Table

KIND = "enhancement speed"
_FILES = [
    "enhancer", "weights (million)", "sound (s)", "threads", "real-time factor ↓",
    "times real time ↑", "peak memory (MiB) ↓", "of it for the work (MiB) ↓",
]  # fmt: skip
_LATENCY = [
    "enhancer", "threads", "works by", "hop (ms)", "algorithmic latency (ms) ↓",
    "computation a hop, median (ms) ↓", "99th percentile (ms) ↓", "in all, median (ms) ↓",
]  # fmt: skip
_WINDOWS = [
    "enhancer", "sound (s)", "threads", "16 windows at once, RTF ↓", "window by window, RTF ↓",
    "times faster ↑",
]  # fmt: skip


def enhancement_speed_tables(results: Sequence[Result]) -> str:
    """Tables of all results."""
    return "\n\n".join(enhancement_speed_table(result) for result in results)


def enhancement_speed_table(result: Result) -> str:
    """One run of the benchmark: files, then streams, then batches against single windows."""
    where = f"{measured_on(result)} {result['context']['estimator']}."
    parts = [where]
    for header, kind, cells in (
        (_FILES, "file", _file_cells),
        (_LATENCY, "latency", _latency_cells),
        (_WINDOWS, "windows", _window_cells),
    ):
        rows = [cells(row) for row in result["rows"] if row["kind"] == kind]
        if rows:
            parts.append(Table(header, rows).markdown().rstrip())
    return "\n\n".join(parts)


def _file_cells(row: dict[str, Any]) -> list[str]:
    front = [row["system"], number(row.get("million_weights"), ".2f")]
    front += [f"{row['seconds']:g}", str(row["threads"])]
    factor = row.get("real_time_factor")
    if factor is None:
        return [*front, row["note"], NONE, NONE, NONE]
    memory = [number(row.get(key), ".0f") for key in ("peak_memory_mib", "work_memory_mib")]
    return [*front, f"{factor:.4f}", f"{1 / factor:.1f}", *memory]


def _latency_cells(row: dict[str, Any]) -> list[str]:
    front = [row["system"], str(row["threads"])]
    if row.get("algorithmic_ms") is None:
        return [*front, row["note"], *[NONE] * 5]
    middle = row["compute_median_ms"]
    numbers = [row["hop_ms"], row["algorithmic_ms"]]
    return [
        *front,
        row["works_by"],
        *(f"{value:.1f}" for value in numbers),
        f"{middle:.2f}",
        f"{row['compute_p99_ms']:.2f}",
        f"{row['algorithmic_ms'] + middle:.1f}",
    ]


def _window_cells(row: dict[str, Any]) -> list[str]:
    front = [row["system"], f"{row['seconds']:g}", str(row["threads"])]
    if row.get("times") is None:
        return [*front, row["note"], NONE, NONE]
    factors = [f"{row[key]:.4f}" for key in ("batched_rtf", "single_rtf")]
    return [*front, *factors, f"{row['times']:.2f}"]
