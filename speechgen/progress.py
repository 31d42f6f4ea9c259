"""A progress bar on stderr, for work that lasts and only where someone may be looking."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")
SHOW_AFTER_SECONDS = 2.0


def track(items: Iterable[Item], total: int, description: str) -> Iterator[Item]:
    """Yield ``items``; after two seconds show how many of ``total`` are done, on a terminal.

    The bar has rate and time left, and is gone when the work is done.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    if not console.is_terminal:
        yield from items
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    progress = Progress(*columns, console=console, transient=True)
    task = progress.add_task(description, total=total)
    began, shown = time.monotonic(), False
    try:
        for item in items:
            yield item
            progress.advance(task)
            if not shown and time.monotonic() - began > SHOW_AFTER_SECONDS:
                progress.start()
                shown = True
    finally:
        if shown:
            progress.stop()


@contextlib.contextmanager
def reporting(description: str) -> Iterator[Callable[[int, int], None]]:
    """A function that is told (done, total) and shows it as :func:`track` does."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    bar = Progress(console=console, transient=True)
    task = bar.add_task(description, total=None)
    began, shown = time.monotonic(), False

    def report(done: int, total: int) -> None:
        nonlocal shown
        bar.update(task, completed=done, total=total)
        late = time.monotonic() - began > SHOW_AFTER_SECONDS
        if late and not shown and console.is_terminal:
            bar.start()
            shown = True

    try:
        yield report
    finally:
        if shown:
            bar.stop()
