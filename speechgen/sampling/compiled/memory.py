"""Aligned arrays for the loop: whole vectors, on cache lines of their own."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import binding
from numba.core import config

_LINES = 128  # bytes: a cache line, and the one that processors fetch along with it


def _lanes() -> int:
    """float32 of a vector: 16 where the processor has AVX-512, 8 elsewhere."""
    asked = config.CPU_FEATURES  # of numba's environment variable; None where it is not set
    wide = binding.get_host_cpu_features().get("avx512f") if asked is None else "+avx512f" in asked
    return 16 if wide else 8


LANES = _lanes()


def padded(count: int) -> int:
    """``count`` rounded up to whole vectors."""
    return -(-count // LANES) * LANES


def aligned(size: int, dtype: Any = np.float32) -> np.ndarray:
    """Zeros (size,) that share no cache line, nor the next one, with anything else."""
    count = size * np.dtype(dtype).itemsize
    raw = np.zeros(-(-count // _LINES) * _LINES + _LINES, dtype=np.uint8)
    begin = -raw.ctypes.data % _LINES
    return raw[begin : begin + count].view(dtype)
