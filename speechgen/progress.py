"""The library's progress bars: on stderr, only on a terminal and only for work that lasts.

A bar appears two seconds after its work began, says how much is done and how long the rest will
take, and is gone when the work is done.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

Item = TypeVar("Item")
SHOW_AFTER_SECONDS = 2.0
_heard = threading.local()


@contextlib.contextmanager
def between_steps(call: Callable[[], None]) -> Iterator[None]:
    """Within the block, in this thread, whatever has a bar calls ``call`` after each step.

    What that raises ends the work.
    """
    before = getattr(_heard, "call", None)
    _heard.call = call
    try:
        yield
    finally:
        _heard.call = before


class Bar:
    """One progress bar; a context manager that takes it away at the end.

    Parameters
    ----------
    label
        What is being done.
    total
        How much there is to do; None where that is set later, by :meth:`update`.
    unit
        What is counted: None for things, ``bytes`` (with their rate), ``%`` of ``total``, or words
        such as "s of sound".
    delay_seconds
        How long the work may take before the bar appears.
    transient
        Whether the bar is gone at the end.
    """

    def __init__(
        self,
        label: str,
        total: float | None = None,
        *,
        unit: str | None = None,
        delay_seconds: float = SHOW_AFTER_SECONDS,
        transient: bool = True,
    ) -> None:
        self.on_terminal = sys.stderr.isatty()
        self._show_at = time.monotonic() + delay_seconds
        self._shown = False
        self._rich: Any = None
        if self.on_terminal:
            self._rich = _rich_bar(unit, transient)
            self._task = self._rich.add_task(label, total=total, note="")

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def advance(self, amount: float = 1.0) -> None:
        """Note that ``amount`` more is done."""
        self._update(advance=amount)

    def update(self, done: float, total: float | None = None, *, note: str | None = None) -> None:
        """Note that ``done`` is done, of ``total`` if that is news; ``note`` stands beside it."""
        news = {"total": total, "note": note}
        self._update(completed=done, **{k: v for k, v in news.items() if v is not None})

    def say(self, line: str) -> None:
        """Print a line on stderr, above the bar."""
        if self._shown:
            self._rich.console.print(line, highlight=False, markup=False)
        else:
            print(line, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Take the bar away."""
        if self._shown:
            self._rich.stop()
            self._shown = False

    def _update(self, **values: Any) -> None:
        call = getattr(_heard, "call", None)
        if call is not None:
            call()
        if self._rich is None:
            return
        self._rich.update(self._task, **values)
        if not self._shown and time.monotonic() >= self._show_at:
            self._rich.start()
            self._shown = True


def track(items: Iterable[Item], label: str, total: int | None = None) -> Iterator[Item]:
    """Yield ``items`` under a bar; without ``total`` they are collected first and counted."""
    if total is None:
        items = list(items)
        total = len(items)
    with Bar(label, total) as bar:
        for item in items:
            yield item
            bar.advance()


def _rich_bar(unit: str | None, transient: bool) -> Any:
    from rich import progress as rich
    from rich.console import Console

    amount: list[rich.ProgressColumn]
    if unit is None:
        amount = [rich.MofNCompleteColumn()]
    elif unit == "bytes":
        amount = [rich.DownloadColumn(), rich.TransferSpeedColumn()]
    elif unit == "%":
        amount = [rich.TaskProgressColumn(), rich.TextColumn("{task.fields[note]}")]
    else:
        amount = [rich.TextColumn(f"{{task.completed:.0f}} of {{task.total:.0f}} {unit}")]
    return rich.Progress(
        rich.TextColumn("{task.description}"),
        rich.BarColumn(bar_width=24),
        *amount,
        rich.TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=transient,
    )
