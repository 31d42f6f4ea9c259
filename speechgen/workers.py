"""Work on many files in processes, with progress, surviving a worker that dies."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from speechgen.progress import Bar, track

_CRASHED = "the measuring process crashed"


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
        return {name: function(*tasks[name]) for name in track(tasks, label)}
    results: dict[str, Any] = {}
    with ProcessPoolExecutor(jobs) as executor:
        futures = {executor.submit(function, *tasks[name]): name for name in tasks}
        with Bar(label, len(tasks)) as bar:
            for future in as_completed(futures):
                try:
                    results[futures[future]] = future.result()
                    bar.advance()
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
