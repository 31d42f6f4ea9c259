"""The page of an ablation: trainings that differ in one thing each, and the spread over seeds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from speechgen.evaluation.ablation import GIVEN, gather, read_rows
from speechgen.evaluation.provenance import command_line, commit, machine
from speechgen.files import write_json, write_text
from speechgen.metrics import ENHANCEMENT_METRICS
from speechgen.reporting.cells import NONE, heading
from speechgen.reporting.results import find_results
from speechgen.reporting.table import Table

_INTRODUCTION = (
    "Each number is the mean over seeds of the mean over files ± the standard deviation over"
    " seeds (lowest to highest seed); arrows say which way is better."
)


def write_ablation(exp: str | Path, rows: str | Path) -> Path:
    """Write ``RESULTS.md`` and ``results/ablation.json`` into ``exp`` from ``scores/*.json``.

    Parameters
    ----------
    exp
        Folder with ``scores/``, results of :func:`speechgen.evaluation.score_enhancer`.
    rows
        File for :func:`speechgen.evaluation.ablation.read_rows`.

    Returns
    -------
    Path
        ``RESULTS.md``.

    Raises
    ------
    DataError
        There are no scores, or they cannot be compared (see ``gather``).
    """
    exp = Path(exp)
    results = [result for _, result in find_results(exp / "scores")]
    tables = gather(results, read_rows(rows))
    trained = [
        one["context"]
        for one in results
        if one["context"].get("training") and not one["context"]["system"].startswith(GIVEN)
    ]
    first = trained[0] if trained else {}
    facts = {
        "steps": first.get("steps"),
        "data": (first.get("training") or {}).get("data"),
        "machine": machine(),
        "commit": commit(),
        "command": command_line(),
        "trainings": sorted(
            {c["training"]["command"] for c in trained if c["training"]["command"]}
        ),
    }
    write_json(exp / "results" / "ablation.json", {"facts": facts, "tables": tables})
    target = exp / "RESULTS.md"
    write_text(target, ablation_page(tables, facts))
    return target


def ablation_page(tables: Sequence[dict[str, Any]], facts: dict[str, Any]) -> str:
    """The tables as Markdown, under what all trainings share."""
    parts = ["# Results\n", f"Written by `{facts['command']}`. {_INTRODUCTION}\n", _shared(facts)]
    header = ["system", "what it is", "seeds", *map(heading, ENHANCEMENT_METRICS)]
    for table in tables:
        rows = [_cells(row, _value) for row in table["rows"]]
        gaps = [
            _cells(row, _gap)
            for row in table["rows"]
            if any(metric["above_base"] for metric in row["metrics"].values())
        ]
        parts.append(f"## {table['data']}, {table['files']} files\n")
        parts.append(Table(header, rows).markdown())
        if gaps:
            parts.append("Above the base, paired by seed: mean ± standard deviation.\n")
            parts.append(Table(header, gaps).markdown())
    parts += ["## The networks\n", _networks(tables[0]["rows"])]
    return "\n".join(parts)


def _shared(facts: dict[str, Any]) -> str:
    data = ", ".join(f"{value} {key}" for key, value in (facts.get("data") or {}).items())
    return (
        f"Every training: {facts['steps']} steps; {data}. Machine: {facts['machine']}; commit"
        f" {facts['commit']}.\n"
    )


def _cells(row: dict[str, Any], cell: Any) -> list[str]:
    numbers = [cell(row["metrics"][metric], metric) for metric in ENHANCEMENT_METRICS]
    return [row["system"], row["words"], str(len(row["seeds"]) or NONE), *numbers]


def _value(value: dict[str, Any], metric: str) -> str:
    form = _form(metric)
    if value["deviation"] is None:
        return f"{value['mean']:{form}}"
    low, high = (f"{value[key]:{form}}" for key in ("low", "high"))
    return f"{value['mean']:{form}} ± {value['deviation']:{form}} ({low} to {high})"


def _gap(value: dict[str, Any], metric: str) -> str:
    gap, form = value["above_base"], _form(metric)
    if gap is None:
        return NONE
    spread = "" if gap["deviation"] is None else f" ± {gap['deviation']:{form}}"
    return f"{gap['mean']:+{form}}{spread}"


def _form(metric: str) -> str:
    return ".3f" if metric in ("STOI", "PESQ") else ".2f"


def _networks(rows: Sequence[dict[str, Any]]) -> str:
    cells = []
    for row in rows:
        if row["weights"] is None:
            continue
        seconds = [value for value in row["seconds"] if value is not None]
        took = f"{np.mean(seconds):.0f}" if seconds else NONE
        cells.append([row["system"], row["words"], f"{row['weights']:,}", took])
    header = ["system", "what it is", "weights that enhance", "seconds of training, mean"]
    return Table(header, cells, word_columns=2).markdown()
