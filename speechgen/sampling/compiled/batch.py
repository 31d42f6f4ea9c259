"""A batch, divided among threads while that is faster than one thread with all of it.

Up to 8 utterances go through the loop together and share every weight that a thread loads. Threads
that have a part of the batch each need not meet before the end of a piece; but one that has to give
its core to another process keeps the others waiting there. All work on the same memory, so that
going over to several threads and back costs nothing.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from concurrent.futures import Future

import numpy as np

from speechgen.sampling.compiled.lanes import Lane, set_time
from speechgen.sampling.compiled.loop import STOP
from speechgen.sampling.compiled.pace import Pace
from speechgen.sampling.compiled.runner import Runner
from speechgen.sampling.compiled.running import workers

MOST_ROWS = 8
_PROBE_SECONDS = 0.002
_REFUSED_SECONDS = 0.01  # what it counts for that a core was busy: probes disturb
_BYTES = bytes(2**18)


def core_share() -> float:
    """How much of a core the calling thread gets, tried for some milliseconds."""
    begun, worked = time.perf_counter(), time.thread_time()
    while (work := time.thread_time() - worked) < _PROBE_SECONDS:
        zlib.crc32(_BYTES)  # leaves the interpreter to the other threads
    return work / (time.perf_counter() - begun)


class BatchDrawer:
    """Draws blocks of samples.

    Parameters
    ----------
    runner
        Of the batch.
    lanes
        Of all rows; those of like length are in one lane.
    cut
        Given a lane, its rows in so many lanes that use its memory.
    threads
        How many there are.
    """

    enough = 0.9  # of a core, for a thread to take part

    def __init__(
        self,
        runner: Runner,
        lanes: list[Lane],
        cut: Callable[[Lane, int], list[Lane]],
        threads: int,
    ) -> None:
        self.runner, self.pace = runner, Pace()
        self.lanes = lanes
        self._cut, self._threads = cut, threads
        self._cuts: dict[tuple[int, int], list[Lane]] = {}
        self.together = False
        self._probes: list[Future[float]] = []

    def draw(self, noise: np.ndarray, drawn: np.ndarray, start: int) -> None:
        """The samples from ``start`` on under ``noise`` (row, time, size) into ``drawn``."""
        at, count = 0, drawn.shape[1]
        for lane in self.lanes:
            if not self._has_ended(lane, start):
                self.runner.prepare(lane)
        while at < count:
            if self._threads > 1 and not self.together and self.pace.asks(count - at):
                self._ask(start + at)
            end = min(count, at + self._piece()) if self._threads > 1 else count
            work = (noise[:, at:end], drawn[:, at:end], start + at)
            if self.together:
                shares = self._shares(start + at)
                begun = self.pace.clock()
                self._all(shares, work)
                self.together = self.pace.helped(end - at, self.pace.clock() - begun)
            else:
                begun = self.pace.work_clock()
                self._run(self.lanes, work)
                self.pace.drew_alone(end - at, self.pace.work_clock() - begun)
            at = end

    def _piece(self) -> int:
        return self.pace.piece_together() if self.together else self.pace.piece()

    def _has_ended(self, lane: Lane, now: int) -> bool:
        return all(self.runner.window.lengths[row] <= now for row in lane.rows)

    def _ask(self, now: int) -> None:
        """Go over to all threads once the others were seen to get a core each."""
        if not self._probes:
            pool = workers(self._threads)
            self._probes = [pool.submit(core_share) for _ in range(1, self._threads)]
        elif all(probe.done() for probe in self._probes):
            quiet = min(probe.result() for probe in self._probes) >= self.enough
            self._probes = []
            if quiet:
                begun = self.pace.clock()
                self._shares(now)  # packs the weights, the first time
                self.together = True
                self.pace.asked(self.pace.clock() - begun)
            else:
                self.pace.refused(_REFUSED_SECONDS)

    def _shares(self, now: int) -> list[list[Lane]]:
        """What every thread draws: whole lanes or, where there are too few, parts of them."""
        going = [number for number, lane in enumerate(self.lanes) if not self._has_ended(lane, now)]
        pieces = max(1, self._threads // max(1, len(going)))
        parts: list[Lane] = []
        for number in going:
            lane = self.lanes[number]
            if (number, pieces) not in self._cuts:
                self._cuts[number, pieces] = [lane] if pieces == 1 else self._cut(lane, pieces)
            own = self._cuts[number, pieces]
            if pieces > 1:
                self.runner.lend(lane, own)
            parts += own
        return [own for own in (parts[n :: self._threads] for n in range(self._threads)) if own]

    def _all(self, shares: list[list[Lane]], work: tuple) -> None:
        """By all threads."""
        futures: list[Future[None]] = []
        try:
            pool = workers(self._threads)
            futures = [pool.submit(self._run, lanes, work) for lanes in shares[1:]]
            self._run(shares[0] if shares else [], work)
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
            if self._has_ended(lane, now):
                continue
            set_time(lane, now)
            own = np.zeros((lane.padded_rows, count, noise.shape[2]), np.float32)
            own[: len(lane.rows)] = noise[lane.rows]
            found = np.zeros((lane.padded_rows, count), np.float32)
            self.runner.run(lane, own, found, now, 0, count)
            drawn[lane.rows] = found[: len(lane.rows)]
