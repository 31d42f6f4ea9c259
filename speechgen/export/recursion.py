"""A recursion of the first order over a sequence of free length: one node that loops, ``Scan``."""

from __future__ import annotations

from torch import Tensor
from torch._higher_order_ops.scan import scan


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

    _, values = scan(step, start, (kept[:, None], added[:, None]))
    return values[:, 0]
