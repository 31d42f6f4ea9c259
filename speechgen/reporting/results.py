"""Result files, read and written, and what the tables take from them.

A result is a mapping of numbers with a ``context``, their provenance; see
:mod:`speechgen.evaluation.provenance`. ``speechgen score report`` collects every JSON file under
an experiment's folder that has a context.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from speechgen.evaluation.provenance import command_line, commit, machine
from speechgen.files import read_json, write_json
from speechgen.reporting.cells import NONE

Result = dict[str, Any]
_BASELINES = ("noisy", "linear filter", "log-MMSE", "mean spectrum")


def write_result(
    path: str | Path, kind: str, values: dict[str, Any], context: dict[str, Any]
) -> None:
    """Write ``values`` with ``context`` (completed by ``kind``, machine, commit and command)."""
    defaults = {"machine": machine(), "commit": commit(), "command": command_line()}
    write_json(path, {**values, "context": {**defaults, **context, "kind": kind}})


def find_results(folder: str | Path) -> list[tuple[Path, dict[str, Any]]]:
    """Every result under ``folder``, in the order of the paths; a file may hold several.

    JSON files without a context, or that are not JSON at all, belong to someone else and are left.
    """
    found = []
    for path in sorted(Path(folder).rglob("*.json")):
        try:
            value = read_json(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        several = value.get("results") if isinstance(value, dict) else None
        for result in several if isinstance(several, list) else [value]:
            if isinstance(result, dict) and isinstance(result.get("context"), dict):
                found.append((path, result))
    return found


def of_kind(results: Sequence[Result], kind: str) -> list[Result]:
    """Those of one kind."""
    return [result for result in results if result["context"].get("kind") == kind]


def by_data(results: Sequence[Result]) -> dict[str, list[Result]]:
    """Results grouped by what was scored, baselines first."""
    groups: dict[str, list[Result]] = {}
    for result in sorted(results, key=lambda r: (_rank(system(r)), system(r))):
        groups.setdefault(data_of(result), []).append(result)
    return dict(sorted(groups.items()))


def _rank(name: str) -> int:
    return _BASELINES.index(name) if name in _BASELINES else len(_BASELINES)


def in_order(values: dict[str, Any], order: Sequence[str]) -> list[tuple[str, Any]]:
    """Items in the order of their keys in ``order``; other keys behind, by name."""
    places = {name: place for place, name in enumerate(order)}
    return sorted(values.items(), key=lambda item: (places.get(item[0], len(places)), item[0]))


def system(result: Result) -> str:
    """The name of what was scored."""
    return str(result["context"].get("system") or "unnamed")


def column(result: Result, metric: str) -> list[float]:
    """A metric's values over the files that have it."""
    values = (scores.get(metric) for scores in result["files"].values())
    return [value for value in values if value is not None]


def data_of(result: Result) -> str:
    """What was scored, as a path or a name."""
    return str(result["context"].get("data", "")) or NONE
