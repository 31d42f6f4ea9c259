"""Trainings that differ in one thing each, over several seeds: one table, and the spread in it.

A row is a system that was trained once for each seed; its number is the mean over seeds of the mean
over files. The spread is that of the seeds: standard deviation (n - 1) and, in brackets, the lowest
and the highest. A system without seeds (the noisy input, or a model that was not trained for the
table, in the list as ``@NAME``) has one number.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from speechgen.errors import DataError
from speechgen.metrics import ENHANCEMENT_METRICS

Result = dict[str, Any]
NOISY = "noisy"
GIVEN = "@"  # before the name of a model that the table did not train
_COMMON = ("steps", "data")  # what all trainings of a table must share


def read_rows(path: str | Path) -> dict[str, str]:
    """Name to words, in the order of the file: a row on each line, ``#`` begins a comment.

    Raises
    ------
    DataError
        It cannot be read, is empty, or names a row twice or without words; with the line.
    """
    path, rows = Path(path), {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    for number, line in enumerate(lines, start=1):
        name, _, words = line.strip().partition(" ")
        if not name or name.startswith("#"):
            continue
        if name in rows or not words.strip():
            raise DataError(f"{path}:{number}: {name} needs words of its own, once; mend the line")
        rows[name] = words.strip()
    if not rows:
        raise DataError(f"{path}: lists no rows; give NAME and what it is, one a line")
    return rows


def gather(results: Sequence[Result], rows: dict[str, str]) -> list[dict[str, Any]]:
    """For each test set a table: rows with every seed's means, their mean and their spread.

    Returns
    -------
    list
        One mapping a test set, sorted by name: ``data``, ``files`` and ``rows``, a list of
        ``system``, ``words``, ``seeds``, ``weights``, ``seconds`` (of training, each seed) and
        ``metrics``: name to ``values`` (by seed), ``mean``, ``deviation``, ``low``, ``high`` and
        ``above_base`` (mean and deviation of the differences, paired by seed; None for rows that
        have no seed in common with the base). Rows without any result are left out.

    Raises
    ------
    DataError
        Trainings differ in steps or data, files differ among systems, or a seed appears twice.
    """
    results = [one for one in results if one["context"].get("system") in {NOISY, *rows}]
    if not results:
        raise DataError("there are no scores of any of the rows; score them first")
    _check_alike(results)
    tables = []
    for data in sorted({one["context"]["split"] for one in results}):
        here = [one for one in results if one["context"]["split"] == data]
        counts = {frozenset(one["files"]) for one in here}
        if len(counts) > 1:
            raise DataError(f"{data}: systems were scored on different files; score all of them")
        by_system = {name: _by_seed(name, here) for name in (NOISY, *rows)}
        base = by_system[next(iter(rows))]
        table = [
            _row(name, rows.get(name, "the noisy input"), seeds, base)
            for name, seeds in by_system.items()
            if seeds
        ]
        tables.append({"data": data, "files": len(next(iter(counts))), "rows": table})
    return tables


def _check_alike(results: Sequence[Result]) -> None:
    seen: dict[str, Any] = {}
    for one in results:
        context = one["context"]
        training = context.get("training") or {}
        if training.get("seed") is None or context["system"].startswith(GIVEN):
            continue
        facts = {"steps": context.get("steps"), "data": training.get("data")}
        for key in _COMMON:
            if seen.setdefault(key, facts[key]) != facts[key]:
                raise DataError(
                    f"{context['system']} was trained with {key} {facts[key]}, others with "
                    f"{seen[key]}; a table compares trainings of one length on one set"
                )


def _by_seed(name: str, results: Sequence[Result]) -> dict[int | None, Result]:
    seeds: dict[int | None, Result] = {}
    for one in results:
        if one["context"]["system"] == name:
            seed = (one["context"].get("training") or {}).get("seed")
            if name.startswith(GIVEN):
                seed = None
            if seed in seeds:
                raise DataError(f"{name}: seed {seed} was scored twice; leave one of them")
            seeds[seed] = one
    return dict(sorted(seeds.items(), key=lambda item: str(item[0])))


def _row(
    name: str, words: str, seeds: dict[int | None, Result], base: dict[int | None, Result]
) -> dict[str, Any]:
    contexts = [one["context"] for one in seeds.values()]
    metrics = {}
    for metric in ENHANCEMENT_METRICS:
        values = {seed: one["mean"][metric] for seed, one in seeds.items()}
        shared = [seed for seed in values if seed in base and base is not seeds]
        gaps = [values[seed] - base[seed]["mean"][metric] for seed in shared]
        metrics[metric] = {
            "values": {str(seed): value for seed, value in values.items()},
            **_spread(list(values.values())),
            "above_base": _spread(gaps) if gaps else None,
        }
    return {
        "system": name.removeprefix(GIVEN),
        "words": words,
        "seeds": [seed for seed in seeds if seed is not None],
        "weights": contexts[0].get("weights"),
        "seconds": [(context.get("training") or {}).get("seconds") for context in contexts],
        "metrics": metrics,
    }


def _spread(values: Sequence[float]) -> dict[str, float | None]:
    several = len(values) > 1
    return {
        "mean": float(np.mean(values)),
        "deviation": float(np.std(values, ddof=1)) if several else None,
        "low": float(np.min(values)),
        "high": float(np.max(values)),
    }
