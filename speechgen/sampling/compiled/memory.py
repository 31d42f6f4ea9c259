"""Arrays as the loop wants them: whole vectors, on cache lines of their own."""

from __future__ import annotations

from typing import Any

import numpy as np

LANES = 16  # float32 of a vector
_LINES = 128  # bytes: a cache line, and the one that processors fetch along with it


def padded(count: int) -> int:
    """``count`` rounded up to whole vectors."""
    return -(-count // LANES) * LANES


def aligned(size: int, dtype: Any = np.float32) -> np.ndarray:
    """Zeros (size,) that share no cache line, nor the next one, with anything else."""
    count = size * np.dtype(dtype).itemsize
    raw = np.zeros(-(-count // _LINES) * _LINES + _LINES, dtype=np.uint8)
    begin = -raw.ctypes.data % _LINES
    return raw[begin : begin + count].view(dtype)
