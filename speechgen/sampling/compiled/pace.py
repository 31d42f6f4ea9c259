"""Whether help of other threads pays: by what it brought, in time, when it was last asked for."""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Callable

_KEPT = 9  # measurements
_FEWEST = 16  # samples of one
_SHORTEST_REST, _LONGEST_REST = 0.001, 2.0  # seconds
_LOSS_TO_REST = 20.0
_WORTH_SECONDS = 0.002
_PIECE_SECONDS, _LONGEST_PIECE_SECONDS = 0.01, 0.1
_TRIAL, _TRUSTED = 0.25, 2.0  # pieces that are drawn together before their gain is looked at


class Pace:
    """One thread's speed, and the gain over it while others help.

    After help that cost time nobody is asked for a while: for 20 times what was lost, and for twice
    the last while. So at most a twentieth of the time is lost to asking, however busy the machine.

    Parameters
    ----------
    clock
        Seconds.
    work_clock
        Seconds that this thread has had a core: one thread's speed is measured by these, so that
        what others take away from it is not taken for its own slowness.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.perf_counter,
        work_clock: Callable[[], float] = time.thread_time,
    ) -> None:
        self.clock, self.work_clock = clock, work_clock
        self._seconds: deque[float] = deque(maxlen=_KEPT)  # of a sample, alone
        self._gained = 0.0
        self._trust = _TRIAL
        self._rest = _SHORTEST_REST
        self._rested = 0.0

    @property
    def seconds_alone(self) -> float | None:
        """Of work on a sample by one thread, as measured lately; None before it was measured."""
        return statistics.median(self._seconds) if self._seconds else None

    def piece(self) -> int:
        """Samples after which to look again: some 10 ms, or more where nobody is asked so soon."""
        rest = min(self._rested - self.clock(), _LONGEST_PIECE_SECONDS)
        return self._samples(max(_PIECE_SECONDS, rest))

    def _samples(self, seconds: float) -> int:
        """How many one thread draws in a time."""
        alone = self.seconds_alone
        return 32 if alone is None else max(_FEWEST, round(seconds / alone))

    def piece_together(self) -> int:
        """Samples to draw together: few at first, more while it pays."""
        return self._samples(self._trust * _PIECE_SECONDS)

    def drew_alone(self, samples: int, seconds: float) -> None:
        """Note what one thread took, by the clock of its work."""
        if samples >= _FEWEST:
            self._seconds.append(seconds / samples)

    def asks(self, samples: int) -> bool:
        """Whether to ask for help with as many samples now."""
        alone = self.seconds_alone
        return (
            alone is not None and samples * alone > _WORTH_SECONDS and self.clock() >= self._rested
        )

    def asked(self, seconds: float) -> None:
        """Note what it took to ask."""
        self._gained, self._trust = -seconds, _TRIAL

    def refused(self, seconds: float) -> None:
        """Note that nobody was free to help, and what it took to ask."""
        self.asked(seconds)
        self.helped(0, 0.0, late=True)

    def helped(self, samples: int, seconds: float, *, late: bool = False) -> bool:
        """Note what was drawn together, and how long it took: whether to go on so.

        Not where the others were ``late``, or it took longer than alone.
        """
        gained = samples * (self.seconds_alone or 0.0) - seconds
        self._gained += gained
        if gained > 0 and not late:
            self._trust = min(_TRUSTED, 2 * self._trust)
            self._rest = _SHORTEST_REST
            return True
        if self._gained > 0:
            self._rest = _SHORTEST_REST
        else:
            self._rest = min(_LONGEST_REST, max(2 * self._rest, -_LOSS_TO_REST * self._gained))
        self._rested = self.clock() + self._rest
        return False
