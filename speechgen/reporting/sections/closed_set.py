"""Words of a small set, named by a classifier."""

from __future__ import annotations

from collections.abc import Sequence

from speechgen.evaluation.closed_set import CHANCE, NAMED
from speechgen.reporting.cells import number
from speechgen.reporting.results import Result, by_data, system
from speechgen.reporting.table import Table


def closed_set_tables(results: Sequence[Result]) -> str:
    """The share of files that a classifier of recordings names rightly, by what was scored."""
    text = ""
    for data, group in by_data(results).items():
        rows = [
            [system(result), number(result["mean"].get(NAMED), ".3f"), str(len(result["files"]))]
            for result in group
        ]
        chance = number(max(result["mean"].get(CHANCE, 0.0) for result in group), ".3f")
        table = Table(("system", f"{NAMED} ↑", "files"), rows).markdown()
        text += f"### Words of {data}\n\n{table}\nChance is {chance}.\n\n"
    return text
