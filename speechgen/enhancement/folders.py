"""Files and folders through an enhancer: all that can be done is done, the rest is listed."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from torch import nn

from speechgen.enhancement.interruption import interruptible
from speechgen.enhancement.planning import Plan, plan, reason
from speechgen.enhancement.single import enhance_file
from speechgen.errors import SpeechgenError


@dataclass(frozen=True)
class Report:
    """What came of a run: the files written, and the inputs that failed with the reason why."""

    done: list[Path] = field(default_factory=list)
    failed: list[tuple[Path, str]] = field(default_factory=list)


def enhance_paths(
    model: nn.Module,
    inputs: Sequence[str | Path],
    output: str | Path,
    *,
    wet: float = 1.0,
    overwrite: bool = False,
    window_batch: int = 16,
    device: str = "cpu",
) -> Report:
    """Enhance files and folders of files, with a progress bar on a terminal.

    One file goes to the file ``output``; several, or folders, into the folder ``output``, where
    folders are mirrored. Links to files are followed. A file that is stored lossily is written as
    WAV with 16-bit samples at its rate; all others keep their format.

    Raises
    ------
    OutputError
        Before any work: a target is an input or exists already, or two inputs share one.
    """
    todo = plan([Path(entry) for entry in inputs], Path(output), overwrite=overwrite)
    report = Report(failed=list(todo.failed))
    with interruptible(), _progress(todo) as advance:
        for job in todo.jobs:
            rate = job.about.sample_rate
            try:
                enhance_file(
                    model,
                    job.source,
                    job.target,
                    wet=wet,
                    overwrite=overwrite,
                    window_batch=window_batch,
                    device=device,
                    on_progress=functools.partial(advance, rate),
                )
                report.done.append(job.target)
            except SpeechgenError as error:
                report.failed.append((job.source, reason(job.source, error)))
    return report


@contextmanager
def _progress(todo: Plan) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, if that is a terminal; gives what advances it: (rate, num_samples)."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("enhancing"),
        BarColumn(),
        TextColumn("{task.completed:.0f} of {task.total:.0f} s of sound"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not sys.stderr.isatty()) as bar:
        total = sum(job.about.duration_seconds for job in todo.jobs)
        task = bar.add_task("enhance", total=total)
        yield lambda rate, num_samples: bar.advance(task, num_samples / rate)
