"""Units of information."""

from __future__ import annotations

import math
from typing import TypeVar

Number = TypeVar("Number")


def nats_to_bits(nats: Number) -> Number:
    """``nats / ln 2``: a float, an array or a tensor in, the same kind out."""
    return nats / math.log(2.0)  # type: ignore[operator,return-value]
