"""Systems side by side: tables of what :mod:`speechgen.evaluation` compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from speechgen.evaluation.compare_enhancers import COMPARED
from speechgen.evaluation.likelihood import BITS_16BIT
from speechgen.reporting.cells import heading, interval, number
from speechgen.reporting.table import Table


def enhancers_markdown(comparison: dict[str, Any]) -> str:
    """Markdown of :func:`speechgen.evaluation.compare_enhancements`: values, then differences."""
    systems = comparison["systems"]
    metrics = [m for m in COMPARED if any(m in row["intervals"] for row in systems.values())]
    columns = [heading(metric) for metric in metrics]
    values = [
        [name, *(_cell(row["intervals"].get(metric), "") for metric in metrics)]
        for name, row in systems.items()
    ]
    text = Table([f"mean of {comparison['utterances']} files [95 %]", *columns], values).markdown()
    gains = [
        [name, *(_cell(row["above"].get(metric), "+") for metric in metrics)]
        for name, row in systems.items()
        if row["above"]
    ]
    if gains:
        header = [f"above {comparison['against']}, paired [95 %]", *columns]
        text += "\n" + Table(header, gains).markdown()
    return text


def enhancers_table(comparison: dict[str, Any]) -> Table:
    """The same for a terminal, a line for each measure of each system."""
    systems = comparison["systems"]
    header = ["system", "measure", "mean", "95 %", f"above {comparison['against']}, 95 %"]
    rows = [
        [
            name if place == 0 else "",
            metric,
            number(value["mean"], ".3f"),
            f"{value['low']:.3f} to {value['high']:.3f}",
            interval(row["above"].get(metric), "+.3f", "()"),
        ]
        for name, row in systems.items()
        for place, (metric, value) in enumerate(row["intervals"].items())
    ]
    columns = len(header) if len(systems) > 1 else len(header) - 1
    return Table(header[:columns], [row[:columns] for row in rows], word_columns=2)


def likelihoods_table(rows: Sequence[dict[str, Any]]) -> Table:
    """A row for each model of :func:`speechgen.evaluation.compare_likelihoods`."""
    header = ["model, output", "own bits", "bits_16bit, 95 %", "above the first, 95 %"]
    return Table(
        header,
        [
            [
                f"{row['system']}, {row['output']}",
                number(row["own_bits"], ".3f"),
                interval(row[BITS_16BIT], ".3f", "()"),
                interval(row["above_first"], "+.3f", "()"),
            ]
            for row in rows
        ],
    )


def means_table(result: dict[str, Any]) -> Table:
    """The means of one result."""
    return Table(
        ["", "mean"],
        [
            [name, number(value, ".3f") if isinstance(value, float | None) else str(value)]
            for name, value in result["mean"].items()
        ],
    )


def _cell(value: dict[str, float] | None, sign: str) -> str:
    """Mean and interval; three digits for what lies between -1 and 1."""
    small = value is not None and max(abs(value["low"]), abs(value["high"])) <= 1.0
    return interval(value, f"{sign}.{3 if small else 2}f")
