"""How many requests are worked on at once, and when one that is too many may come again."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator

from speechgen.serving.problems import Problem

_SMOOTHING = 0.1  # weight of the last request in the mean
_LONGEST_WAIT = 60


class Admission:
    """A number of places.

    Parameters
    ----------
    places
        How many.
    workers
        Threads that share the work, by which the wait is estimated.
    what
        Takes the places, for messages.

    Attributes
    ----------
    taken
        Places that are taken.
    """

    def __init__(self, places: int, workers: int, what: str) -> None:
        self.taken = 0
        self._places, self._workers, self._what = places, max(1, workers), what
        self._seconds = 1.0  # that a request took of late, in all

    @contextlib.contextmanager
    def place(self) -> Iterator[Callable[[], None]]:
        """Hold a place within the block, or until what it gives is called; 429 if there is none."""
        if self.taken >= self._places:
            raise Problem(
                429, f"{self.taken} {self._what} are at work, as many as may be; try again later",
                code="queue_full", retry_after=self.wait_seconds(),
            )  # fmt: skip
        self.taken += 1
        began, held = time.monotonic(), True

        def release() -> None:
            nonlocal held
            if held:
                held = False
                self.taken -= 1
                self._seconds += _SMOOTHING * (time.monotonic() - began - self._seconds)

        try:
            yield release
        finally:
            release()

    def wait_seconds(self) -> int:
        """After which a place is likely to be free, 1 to 60."""
        return max(1, min(_LONGEST_WAIT, math.ceil(self._seconds / max(1, self.taken))))
