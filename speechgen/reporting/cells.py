"""What stands in a cell: numbers, means with their intervals, names of metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from speechgen.metrics import METRICS, bootstrap_interval

NONE = "-"


def text(value: Any) -> str:
    """Any value; :data:`NONE` for nothing."""
    return NONE if value is None or value == "" else str(value)


def number(value: float | None, form: str = ".4f") -> str:
    """A number in the format ``form``; :data:`NONE` where there is none."""
    return NONE if value is None else f"{value:{form}}"


def measured_on(result: dict[str, Any]) -> str:
    """The machine and the versions of a benchmark's result."""
    versions = ", ".join(f"{name} {value}" for name, value in sorted(result["versions"].items()))
    return f"{result['context']['machine']}; {versions}."


def interval(value: dict[str, float] | None, form: str, brackets: str = "[]") -> str:
    """``mean``, ``low`` and ``high`` of a mapping in the format ``form``."""
    if not value:
        return NONE
    low, high = f"{value['low']:{form}}", f"{value['high']:{form}}"
    return f"{value['mean']:{form}} {brackets[0]}{low}, {high}{brackets[1]}"


def mean_with_interval(
    values: Sequence[float], *, signed: bool = False, weights: list[float] | None = None
) -> str:
    """Mean of ``values`` and its 95 % bootstrap interval; three digits if none is above 1."""
    if not len(values):
        return NONE
    low, high = bootstrap_interval(list(values), weights=weights)
    digits = 3 if np.max(np.abs(values)) <= 1.0 else 2
    form = f"{'+' if signed else ''}.{digits}f"
    mean = float(np.average(values, weights=weights))
    return interval({"mean": mean, "low": low, "high": high}, form)


def heading(metric: str) -> str:
    """A metric's name with unit and direction."""
    facts = METRICS[metric]
    unit = f" ({facts.unit})" if facts.unit else ""
    return f"{metric}{unit} {'↑' if facts.higher_is_better else '↓'}"
