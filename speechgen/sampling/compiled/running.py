"""Compiled loops and the threads that run them."""

from __future__ import annotations

import contextlib
import fcntl
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

_COMPILED = ("draws", "functions", "loop", "memory", "threads", "vectors")  # modules
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
                with _one_process_at_a_time(loop):
                    no_samples = (0, 0)  # from and to
                    _compile(loop, *arguments[:6], *no_samples, *arguments[8:])
            finally:
                timer.cancel()
            _ready.add((rows, weights))
    return loop(*arguments)


def _compile(loop: Any, *arguments: Any) -> None:
    """Call ``loop`` for the first time; once more with an empty cache where that is damaged."""
    try:
        loop(*arguments)
    except Exception:  # unpickling what a full disk or a crash has cut short raises many kinds
        loop._cache.flush()
        loop(*arguments)


@contextmanager
def _one_process_at_a_time(loop: Any) -> Iterator[None]:
    """Hold the cache's lock: numba lets processes that compile at once overwrite each other's work.

    What is lost is compiled again by a later run. Who waits finds the loop compiled. Without a
    cache, or where there are no locks, nothing is held.
    """
    folder = loop.stats.cache_path
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError, TypeError):
            os.makedirs(folder, exist_ok=True)
            handle = stack.enter_context(open(os.path.join(folder, "speechgen-compiling"), "w"))
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@functools.cache
def _source() -> int:
    """A checksum of what is compiled, so that code of another version is not taken over."""
    total = 0
    for name in _COMPILED:
        total = zlib.crc32(Path(__file__).with_name(f"{name}.py").read_bytes(), total)
    return total
