"""A progress bar on stderr, for work that lasts and only where someone may be looking."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
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
