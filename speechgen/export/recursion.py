"""Recursions over a sequence of free length: one node that loops, ``Scan``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor
from torch._higher_order_ops.scan import scan


def scanned(step: Callable[[Any, Any], tuple[Any, Tensor]], start: Any, now: Any) -> Tensor:
    """``before, y[t] = step(before, now[t])`` from ``start``.

    Parameters
    ----------
    step
        Of tensors or tuples of them; what it gives shares no memory.
    start, now
        Tensors or tuples of them; the first axis of ``now`` is time.

    Returns
    -------
    Tensor
        (time, ...), every y.
    """
    _, values = scan(step, start, now)
    assert isinstance(values, Tensor)
    return values


def first_order(kept: Tensor, added: Tensor, start: Tensor) -> Tensor:
    """``y[t] = kept[t] * y[t - 1] + added[t]``.

    Parameters
    ----------
    kept, added
        (time,).
    start
        (1,): y before the first.

    Returns
    -------
    Tensor
        (time,).
    """

    def step(before: Tensor, now: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        value = now[0] * before + now[1]
        return value, value.clone()

    return scanned(step, start, (kept[:, None], added[:, None]))[:, 0]
