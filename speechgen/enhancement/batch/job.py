"""One job, a file enhanced, measured and drawn; and many of them, here or in other processes."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from speechgen.enhancement.batch.loudness_report import Meter
from speechgen.enhancement.batch.plan import Job, reason
from speechgen.enhancement.batch.report import describe
from speechgen.enhancement.batch.spectrogram import Chart
from speechgen.enhancement.options import EnhanceOptions
from speechgen.enhancement.single import enhance_file
from speechgen.errors import SpeechgenError
from speechgen.store import LoadedModel, load_model
from speechgen.workers import Lost, work_in_processes

Outcome = dict[str, Any]  # the numbers of a file, or {"error": why}


def do_job(
    model: nn.Module, job: Job, on_progress: Callable[[int], None], *, options: EnhanceOptions
) -> Outcome:
    """Do ``job``: the numbers of the file, or ``{"error": why}`` where it cannot be done.

    Where it was cut short, the numbers hold what is missing as ``damage``, and as ``partial``
    whether it therefore does not count as done.
    """
    about = job.about
    meter = Meter(about.sample_rate, about.channels)
    chart = None
    if job.chart is not None:
        chart = Chart(about.num_samples, about.sample_rate, about.channels)
    start = time.perf_counter()
    try:
        damage = enhance_file(
            model,
            job.source,
            job.target,
            replace(options, salvage=True),  # what it comes to is decided by whoever asked
            overwrite=job.replace,
            on_progress=on_progress,
            watchers=[meter] if chart is None else [meter, chart],
            content=job.content,
        ).damage
        measures = describe(meter, time.perf_counter() - start)
        if damage:
            measures["damage"] = damage
            measures["partial"] = not options.salvage
        if about.note:
            measures["warnings"].append(f"its input {about.note}")
        if chart is not None and job.chart is not None:
            try:
                chart.save(job.chart, overwrite=job.replace)
            except SpeechgenError:  # half of what was asked for would count as someone else's
                job.target.unlink(missing_ok=True)
                raise
    except SpeechgenError as error:
        return {"error": reason(job.source, error)}
    return measures


def do_jobs(
    model: nn.Module | LoadedModel,
    jobs: Sequence[Job],
    options: EnhanceOptions,
    processes: int,
    *,
    on_begin: Callable[[int], None],
    on_progress: Callable[[int, int], None],
) -> Iterator[tuple[int, Outcome]]:
    """Do ``jobs``; yield the number and the outcome of each.

    Parameters
    ----------
    processes
        How many work at the same time, each with a model of its own and its share of the threads; 1
        works in this process.
    on_begin
        Called with the number of a job before it is begun.
    on_progress
        Called with the number of a job and the samples that have just been read for it.

    Raises
    ------
    ConfigError
        ``model`` cannot be sent to another process.
    """
    count = min(processes, len(jobs))
    if count > 1:
        yield from do_in_processes(
            model, jobs, options, count, on_begin=on_begin, on_progress=on_progress
        )
        return
    network = network_of(model)
    for number, job in enumerate(jobs):
        on_begin(number)
        yield number, do_job(network, job, functools.partial(on_progress, number), options=options)


def do_in_processes(
    model: nn.Module | LoadedModel,
    jobs: Sequence[Job],
    options: EnhanceOptions,
    count: int,
    *,
    on_begin: Callable[[int], None],
    on_progress: Callable[[int, int], None],
) -> Iterator[tuple[int, Outcome]]:
    """:func:`do_jobs` in ``count`` processes; one that dies takes its job with it and no other."""
    source = model.directory if isinstance(model, LoadedModel) else model
    threads = max(1, torch.get_num_threads() // count)
    results = work_in_processes(
        functools.partial(_set_up, source, options.device, threads),
        functools.partial(do_job, options=options),
        list(jobs),
        count,
        on_begin=on_begin,
        on_progress=on_progress,
        content=f"a {type(model).__name__}",
    )
    for number, result in results:
        yield number, {"error": result.reason} if isinstance(result, Lost) else result


def network_of(model: nn.Module | LoadedModel) -> nn.Module:
    """The network itself, of one that came with its directory too."""
    return model.model if isinstance(model, LoadedModel) else model


def _set_up(source: nn.Module | Path, device: str, threads: int) -> nn.Module:
    """The model that a process works with: the one it was sent, or the one in a directory."""
    torch.set_num_threads(threads)
    return source if isinstance(source, nn.Module) else load_model(source, device=device).model
