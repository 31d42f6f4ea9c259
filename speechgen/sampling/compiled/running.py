"""Compiled loops and the threads that run them."""

from __future__ import annotations

import functools
import os
import sys
import threading
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from speechgen.sampling.compiled.loop import make_loop

_PATIENCE_SECONDS = 1.5  # a loop from the cache takes less


@functools.cache
def workers(threads: int) -> ThreadPoolExecutor:
    """Threads beside the calling one."""
    return ThreadPoolExecutor(max(1, threads - 1), thread_name_prefix="speechgen-sampler")


os.register_at_fork(after_in_child=workers.cache_clear)  # threads do not survive a fork


@functools.cache
def _loop(rows: int, source: int) -> Any:
    try:
        return make_loop(rows, source)
    except RuntimeError:  # numba finds no folder that it may write to: compile in every process
        return make_loop(rows, source, cache=False)


@contextmanager
def torch_on_one_thread() -> Iterator[None]:
    """Keep torch's own threads asleep: after every operation they spin for milliseconds.

    They would hold the cores that ours are about to need.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


_ready: set[tuple[int, str]] = set()
_compiling = threading.Lock()


def loop_for(rows: int, weights: str) -> Any:
    """The loop for so many rows and this type of weights.

    numba compiles it at its first call, or takes it from its cache on disk. Compiling takes some
    seconds, which a line on stderr says.
    """
    loop = _loop(rows, _source())
    if (rows, weights) in _ready:
        return loop
    return functools.partial(_first_call, loop, rows, weights)


def _first_call(loop: Any, rows: int, weights: str, *arguments: Any) -> Any:
    with _compiling:
        if (rows, weights) not in _ready:
            said = "speechgen: compiling the sampler for this machine; its next run finds it ready"
            timer = threading.Timer(_PATIENCE_SECONDS, print, [said], {"file": sys.stderr})
            timer.start()
            try:
                nothing = [*arguments[:3], arguments[3], arguments[4][:, :0], *arguments[5:]]
                loop(*nothing)
            finally:
                timer.cancel()
            _ready.add((rows, weights))
    return loop(*arguments)


@functools.cache
def _source() -> int:
    """A checksum of this package's source, so that code of another version is not taken over."""
    total = 0
    for path in sorted(Path(__file__).parent.glob("*.py")):
        total = zlib.crc32(path.read_bytes(), total)
    return total
