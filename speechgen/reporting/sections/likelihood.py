"""Held-out likelihoods of WaveNets, under right and under wrong conditions."""

from __future__ import annotations

from collections.abc import Sequence

from speechgen.evaluation.likelihood import BITS_16BIT, CONDITIONS, GRID, RIGHT
from speechgen.reporting.cells import NONE, interval, number, text
from speechgen.reporting.results import Result, data_of, in_order, system
from speechgen.reporting.table import Table

_HEADER = (
    "data", "model", "output", "conditions", "bits per sample (lower is better)",
    "wrong - right, 95 % interval", "bits on 16-bit grid, 95 % interval", "utterances",
)  # fmt: skip


def likelihood_tables(results: Sequence[Result]) -> str:
    """Bits per sample under right and wrong conditions, with paired differences.

    Models of one output distribution can be compared in its own bits, all of them on the grid.
    """
    rows = []
    for result in results:
        grid = interval(result.get("intervals", {}).get(BITS_16BIT), ".4f")
        output = text(result["context"].get("output"))
        count = f"{len(result['files'])}"
        for condition, mean in in_order(result["mean"], CONDITIONS):
            if condition in GRID:
                continue
            gap = interval(result.get("differences", {}).get(condition), "+.4f")
            on_grid = grid if condition == RIGHT else NONE
            front = [data_of(result), system(result), output, condition, number(mean)]
            rows.append([*front, gap, on_grid, count])
    return Table(_HEADER, rows, word_columns=4).markdown() + "\n" if rows else ""
