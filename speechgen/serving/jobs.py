"""Work in pieces: a worker thread makes each when it is wanted, and none after the client left.

A thread is taken for a piece, not for a job, so that a client that reads slowly holds none and
many jobs share a few threads in turn.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from speechgen.serving.problems import Problem

T = TypeVar("T")


class Workers:
    """A few threads that compute, each with its share of the cores.

    Parameters
    ----------
    count
        Threads.
    name
        Of them.
    """

    def __init__(self, count: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(count, f"speechgen-{name}", initializer=_one_core)
        self._stopped = False

    async def run(self, function: Callable[[], T]) -> T:
        """What ``function`` gives; when cancelled, it is not begun, or its result is dropped."""
        if self._stopped:
            raise Problem(503, "the server has stopped", code="stopping", retry_after=5)
        return await asyncio.get_running_loop().run_in_executor(self._pool, function)

    def stop(self) -> None:
        """Begin nothing more and wait for the pieces that are being made."""
        self._stopped = True
        self._pool.shutdown(wait=True, cancel_futures=True)


def _one_core() -> None:
    import torch

    torch.set_num_threads(1)


class Job(Generic[T]):
    """Pieces of an iterator, each made in a worker thread.

    Parameters
    ----------
    workers
        The threads.
    pieces
        Gives the pieces; closed as soon as no more is wanted, between two of them.
    closed
        Set when no more is wanted, for pieces that can be left off in the middle.
    """

    def __init__(
        self, workers: Workers, pieces: Iterator[T], closed: threading.Event | None = None
    ) -> None:
        self._workers, self._pieces = workers, pieces
        self._closed = closed or threading.Event()
        self._lock = threading.Lock()
        self._step: asyncio.Task[T | None] | None = None

    async def step(self) -> T | None:
        """The next piece, or None after the last."""
        self._step = asyncio.ensure_future(self._workers.run(self._advance))
        self._step.add_done_callback(_looked_at)
        return await asyncio.shield(self._step)

    def close(self) -> None:
        """Want no more; a piece that is being made is the last."""
        self._closed.set()
        self._shut()

    async def ended(self) -> None:
        """Want no more, and wait for the piece that is being made."""
        self.close()
        if self._step is not None and not self._step.done():
            await asyncio.wait({self._step})

    def _advance(self) -> T | None:
        with self._lock:
            piece = None if self._closed.is_set() else next(self._pieces, None)
        if self._closed.is_set():  # perhaps while it was made, when close() could do nothing
            self._shut()
        return piece

    def _shut(self) -> None:
        if not self._lock.acquire(blocking=False):
            return  # a piece is being made: who makes it looks afterwards
        try:
            close = getattr(self._pieces, "close", None)
            if close is not None:
                close()
        finally:
            self._lock.release()


def _looked_at(step: asyncio.Task[T | None]) -> None:
    """What a step failed of is told by :meth:`Job.step`, unless nobody waits for it any more."""
    if not step.cancelled():
        step.exception()
