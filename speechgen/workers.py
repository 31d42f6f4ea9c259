"""Work on many files in processes, with progress, surviving a worker that dies."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, TypeVar

Item = TypeVar("Item")

_CRASHED = "the measuring process crashed"


@contextmanager
def progress(label: str, total: int) -> Iterator[Callable[[], None]]:
    """A progress bar on stderr for ``total`` steps; yields the function that advances it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeLeft())
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(label, total=total)
        yield lambda: bar.advance(task)


def each_with_progress(label: str, items: Iterable[Item]) -> Iterator[Item]:
    """Yield ``items``, showing how far it is."""
    items = list(items)
    with progress(label, len(items)) as advance:
        for item in items:
            yield item
            advance()


def map_in_processes(
    function: Callable[..., Any], tasks: dict[str, tuple], *, jobs: int | None, label: str
) -> dict[str, Any]:
    """``function(*arguments)`` for every task by name.

    Parameters
    ----------
    function
        Of a module's top level. What it returns is kept; it should not raise.
    tasks
        Name to positional arguments.
    jobs
        Processes; None takes one a core, 1 works in this process.
    label
        What the progress bar says.

    Returns
    -------
    dict
        Name to result, in the order of ``tasks``. The result of a task whose process died (a
        crash in a library's C code) is a string that says so.
    """
    jobs = min(jobs or os.cpu_count() or 1, len(tasks))
    if jobs <= 1:
        names = each_with_progress(label, tasks)
        return {name: function(*tasks[name]) for name in names}
    results: dict[str, Any] = {}
    with ProcessPoolExecutor(jobs) as executor:
        futures = {executor.submit(function, *tasks[name]): name for name in tasks}
        with progress(label, len(tasks)) as advance:
            for future in as_completed(futures):
                try:
                    results[futures[future]] = future.result()
                    advance()
                except BrokenProcessPool:
                    break
    for name in tasks.keys() - results.keys():
        results[name] = _alone(function, tasks[name])
    return {name: results[name] for name in tasks}


def _alone(function: Callable[..., Any], arguments: tuple) -> Any:
    with ProcessPoolExecutor(1) as executor:
        try:
            return executor.submit(function, *arguments).result()
        except BrokenProcessPool:
            return _CRASHED
