"""A batch, divided among threads while that is faster than one thread with all of it.

Up to 8 utterances go through the loop together and share every weight that a thread loads. Threads
that have a part of the batch each need not meet before the end of a piece; but one that has to give
its core to another process keeps the others waiting there.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from concurrent.futures import Future

import numpy as np

from speechgen.sampling.compiled.lanes import Lane, take_over
from speechgen.sampling.compiled.loop import STOP
from speechgen.sampling.compiled.pace import Pace
from speechgen.sampling.compiled.runner import Runner
from speechgen.sampling.compiled.running import workers

MOST_ROWS = 8
_PROBE_SECONDS = 0.004
_BYTES = bytes(2**18)


def core_share() -> float:
    """How much of a core the calling thread gets, tried for some milliseconds."""
    begun, worked = time.perf_counter(), time.thread_time()
    while (work := time.thread_time() - worked) < _PROBE_SECONDS:
        zlib.crc32(_BYTES)  # leaves the interpreter to the other threads
    return work / (time.perf_counter() - begun)


def divided(order: list[int], threads: int) -> list[list[list[int]]]:
    """Rows of every lane of every thread; ``order`` has those of like length side by side."""
    shares = [order[thread::threads] for thread in range(min(threads, len(order)))]
    return [
        [share[at : at + MOST_ROWS] for at in range(0, len(share), MOST_ROWS)] for share in shares
    ]


class BatchDrawer:
    """Draws blocks of samples.

    Parameters
    ----------
    runner
        Of the batch.
    single
        Lanes of all rows, for one thread.
    share
        Makes the lanes of every thread, without a past.
    threads
        How many there are.
    """

    enough = 0.9  # of a core, for a thread to take part

    def __init__(
        self,
        runner: Runner,
        single: list[Lane],
        share: Callable[[], list[list[Lane]]],
        threads: int,
    ) -> None:
        self.runner, self.pace = runner, Pace()
        self.single = single
        self.shared: list[list[Lane]] = []
        self._share, self._threads = share, threads
        self.together = False
        self._probes: list[Future[float]] = []

    def draw(self, noise: np.ndarray, drawn: np.ndarray, start: int) -> None:
        """The samples from ``start`` on under ``noise`` (row, time, size) into ``drawn``."""
        at, count = 0, drawn.shape[1]
        while at < count:
            end = count if self._threads == 1 else min(count, at + self.pace.piece())
            work = (noise[:, at:end], drawn[:, at:end], start + at)
            if self._threads > 1 and not self.together and self.pace.asks(count - at):
                self._ask(start + at)
            if self.together:
                begun = self.pace.clock()
                self._all(work)
                if not self.pace.helped(end - at, self.pace.clock() - begun):
                    self._go_single(start + end)
            else:
                begun = self.pace.work_clock()
                self._run(self.single, work)
                self.pace.drew_alone(end - at, self.pace.work_clock() - begun)
            at = end

    def _ask(self, now: int) -> None:
        """Go over to all threads once the others were seen to get a core each."""
        if not self._probes:
            pool = workers(self._threads)
            self._probes = [pool.submit(core_share) for _ in range(1, self._threads)]
        elif all(probe.done() for probe in self._probes):
            quiet = min(probe.result() for probe in self._probes) >= self.enough
            self._probes = []
            if quiet:
                self._go_shared(now)
            else:
                self.pace.refused(_PROBE_SECONDS)

    def _all(self, work: tuple) -> None:
        """By all threads."""
        futures: list[Future[None]] = []
        for lane in (lane for lanes in self.shared for lane in lanes):
            self.runner.prepare(lane)
        try:
            pool = workers(len(self.shared))
            futures = [pool.submit(self._run, lanes, work) for lanes in self.shared[1:]]
            self._run(self.shared[0], work)
            for future in futures:
                future.result()
        except BaseException:
            self.runner.signal(STOP, 1)  # every thread stops at once
            for future in futures:
                future.cancel()
            raise

    def _run(self, lanes: list[Lane], work: tuple) -> None:
        noise, drawn, now = work
        count = drawn.shape[1]
        for lane in lanes:
            if all(self.runner.window.lengths[row] <= now for row in lane.rows):
                continue  # all have ended
            self.runner.prepare(lane)
            own = np.zeros((lane.padded_rows, count, noise.shape[2]), np.float32)
            own[: len(lane.rows)] = noise[lane.rows]
            found = np.zeros((lane.padded_rows, count), np.float32)
            self.runner.run(lane, own, found, now, 0, count)
            drawn[lane.rows] = found[: len(lane.rows)]

    def _go_single(self, now: int) -> None:
        others = [lane for lanes in self.shared for lane in lanes]
        for lane in self.single:
            take_over(lane, others, now)
        self.together = False

    def _go_shared(self, now: int) -> None:
        self.shared = self.shared or self._share()
        begun = self.pace.clock()
        for lanes in self.shared:
            for lane in lanes:
                take_over(lane, self.single, now)
        self.together = True
        self.pace.asked(2 * (self.pace.clock() - begun))  # there and back
