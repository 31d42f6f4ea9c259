"""One utterance, drawn by one thread, and by several together while that is faster.

Threads that draw together meet in every layer, some hundred thousand times a second: where one of
them has to give its core to another process, all stand still. So the calling thread leads. It
begins alone, asks for help and goes on until the helpers are there; they take over what it has
drawn, and all draw together. When one is late by more than a moment the leader does not wait: it
goes on alone with the same sample, and asks again when it is worth it (see :class:`Pace`).
"""

from __future__ import annotations

import threading
from concurrent.futures import Future

import numpy as np

from speechgen.sampling.compiled.lanes import Lane
from speechgen.sampling.compiled.loop import GO, HERE, NEVER, STOP
from speechgen.sampling.compiled.pace import Pace
from speechgen.sampling.compiled.runner import Runner
from speechgen.sampling.compiled.running import workers

_PATIENCE = 100_000  # nanoseconds: many times what a layer takes
_LAYERS_OF_PATIENCE = 20  # or as many times what a layer takes one thread
_GRACE = 20  # times that until the helpers have caught up
_LONG_AGO = -(2**40)


class UtteranceDrawer:
    """Draws blocks of samples.

    Parameters
    ----------
    runner
        Of one utterance.
    whole, leading
        Lanes of all parts and of the first, with one state.
    helping
        Lanes of the others.
    time
        Of the state.
    """

    patience: int | None = None  # nanoseconds, for tests

    def __init__(
        self, runner: Runner, whole: Lane, leading: Lane, helping: list[Lane], time: int
    ) -> None:
        self.runner = runner
        self.whole, self.leading, self.helping = whole, leading, helping
        self.pace = Pace()
        self._seen = [time] * len(helping)  # the sample before which a helper's state is
        self._futures: list[Future[None]] = []
        self._lock = threading.Lock()
        self._asked = self._joined = False
        self._missing = self._start = 0

    def draw(self, noise: np.ndarray, drawn: np.ndarray, time: int) -> None:
        """The samples from ``time`` on under ``noise`` (1, time, size) into ``drawn`` (1, time)."""
        work, at, count = (noise, drawn, time), 0, drawn.shape[1]
        try:
            while at < count:
                if not self._asked and self.pace.asks(count - at) and self._are_free():
                    self._ask(work, at)
                if self._joined:
                    at = self._together(work, at)
                elif self._asked and self.runner.is_signalled(HERE):
                    self._join(at)
                else:
                    at = self._alone(work, at)
        finally:
            self._dismiss()

    def _alone(self, work: tuple, at: int) -> int:
        noise, drawn, time = work
        self.runner.prepare(self.whole)
        end = min(drawn.shape[1], at + self.pace.piece())
        stop = HERE if self._asked else NEVER
        begun = self.pace.work_clock()
        reached = self.runner.run(self.whole, noise, drawn, time, at, end, stop=stop)
        self.pace.drew_alone(reached - at, self.pace.work_clock() - begun)
        return reached

    def _are_free(self) -> bool:
        return all(future.done() for future in self._futures)

    def _ask(self, work: tuple, at: int) -> None:
        begun = self.pace.clock()
        for future in self._futures:
            future.result()  # raises what a helper raised
        self.runner.reset()
        self._missing, self._asked = len(self.helping), True
        for lane in (self.leading, *self.helping):
            self.runner.prepare(lane)
        pool = workers(self.runner.parts)
        numbers = range(len(self.helping))
        self._futures = [pool.submit(self._help, number, work, at) for number in numbers]
        self.pace.asked(self.pace.clock() - begun)

    def _help(self, number: int, work: tuple, at: int) -> None:
        """What a helper does."""
        noise, drawn, time = work
        own = np.zeros_like(drawn)
        with self._lock:
            self._missing -= 1
            if not self._missing:
                self.runner.signal(HERE, 1)
        reached = self.runner.run(
            self.helping[number], noise, own, time, at, drawn.shape[1],
            leader=self.whole.work, known=self._seen[number],
        )  # fmt: skip
        if not self.runner.is_signalled(GO):
            return
        # one that has drawn nothing may have been late to catch up, and has seen the state change
        self._seen[number] = time + reached if reached > self._start else _LONG_AGO

    def _join(self, at: int) -> None:
        self._start, self._joined = at, True
        self.runner.signal(GO, 1 + at)

    def _together(self, work: tuple, at: int) -> int:
        noise, drawn, time = work
        patience = self._patience()
        grace = _GRACE * patience if at == self._start else patience
        end = min(drawn.shape[1], at + self.pace.piece_together())
        begun = self.pace.clock()
        reached = self.runner.run(
            self.leading, noise, drawn, time, at, end, grace=grace, patience=patience
        )
        late = reached < end
        if not self.pace.helped(reached - at, self.pace.clock() - begun, late=late):
            self._dismiss()
        return reached

    def _patience(self) -> int:
        if self.patience is not None:
            return self.patience
        layer = (self.pace.seconds_alone or 0.0) / self.runner.shape.layers
        return max(_PATIENCE, round(1e9 * _LAYERS_OF_PATIENCE * layer))

    def _dismiss(self) -> None:
        """Let the helpers go, at the next sample where they are not through."""
        if self._asked:
            self.runner.signal(STOP, 1)
        self._asked = self._joined = False
