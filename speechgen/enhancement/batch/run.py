"""A plan carried out, in this process or in several, and what came of it."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import nn

from speechgen.enhancement.batch.job import do_job
from speechgen.enhancement.batch.plan import Job, Plan
from speechgen.enhancement.batch.workers import work_in_processes
from speechgen.enhancement.interruption import interruptible
from speechgen.enhancement.settings import Settings
from speechgen.errors import ConfigError, OutputError
from speechgen.files import check_writable, write_text
from speechgen.progress import Bar
from speechgen.store import LoadedModel


@dataclass(frozen=True)
class Report:
    """What came of a run.

    Attributes
    ----------
    done
        Files that were written.
    failed
        Inputs that could not be done, with the reason why.
    skipped
        Files that an earlier run had written.
    lines
        What is known of each input, as ``--report`` writes it.
    """

    done: list[Path] = field(default_factory=list)
    failed: list[tuple[Path, str]] = field(default_factory=list)
    skipped: list[Path] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list, compare=False)


def run_plan(
    model: nn.Module | LoadedModel,
    plan: Plan,
    settings: Settings,
    *,
    jobs: int = 1,
    report: str | Path | None = None,
) -> Report:
    """Do what is planned, with a progress bar on a terminal, and report on it.

    Parameters
    ----------
    jobs
        Processes that work at the same time.
    report
        File to write one JSON line for each input to, when all is done.

    Raises
    ------
    ConfigError
        ``jobs`` is below 1.
    OutputError
        Before any work: the report would replace something that is no report.
    """
    if jobs < 1:
        raise ConfigError(f"{jobs} jobs; it must be 1 or more")
    if report is not None:
        everything = [*plan.jobs, *(job for job, _ in plan.skipped)]
        sounds = [path for job in everything for path in (job.source, job.target)]
        check_report(Path(report), [*sounds, *(source for source, _ in plan.failed)])
    outcomes: dict[int, dict[str, Any]] = {}
    with interruptible(), _progress(plan) as advance, _recorded(plan, outcomes) as begin:
        for number, outcome in _outcomes(model, plan.jobs, settings, jobs, begin, advance):
            outcomes[number] = outcome
            job = plan.jobs[number]
            if plan.record is not None and "error" not in outcome:
                plan.record.finish(job.source, job.target, outcome)
    found = _collect(plan, outcomes)
    if report is not None:
        write_report(report, found.lines)
    return found


def write_report(path: str | Path, lines: list[dict[str, Any]]) -> None:
    """Write one JSON object a line."""
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    write_text(path, text.encode("utf-8", "replace").decode())


def _outcomes(
    model: nn.Module | LoadedModel,
    jobs: list[Job],
    settings: Settings,
    processes: int,
    begin: Callable[[int], None],
    advance: Callable[[int, int], None],
) -> Iterator[tuple[int, dict[str, Any]]]:
    count = min(processes, len(jobs))
    if count > 1:
        yield from work_in_processes(
            model, jobs, settings, count, on_begin=begin, on_progress=advance
        )
        return
    network = model.model if isinstance(model, LoadedModel) else model
    for number, job in enumerate(jobs):
        begin(number)
        yield number, do_job(network, job, settings, functools.partial(advance, number))


@contextmanager
def _recorded(plan: Plan, outcomes: dict[int, dict[str, Any]]) -> Iterator[Callable[[int], None]]:
    """Gives what notes that a job begins; notes of the failed and interrupted that they ended."""
    if plan.record is None:
        yield lambda number: None
        return
    record, begun = plan.record, []

    def begin(number: int) -> None:
        begun.append(number)
        record.begin(plan.jobs[number].target)

    try:
        yield begin
    finally:
        for number in begun:
            if "error" in outcomes.get(number, {"error": "interrupted"}):
                record.drop(plan.jobs[number].target)
        record.close()


def _collect(plan: Plan, outcomes: dict[int, dict[str, Any]]) -> Report:
    found = Report(failed=list(plan.failed), skipped=[job.target for job, _ in plan.skipped])
    lines = [{"source": str(source), "error": why} for source, why in plan.failed]
    for job, measures in plan.skipped:
        lines.append(_line(job, measures) | {"done_before": True})
    for number, job in enumerate(plan.jobs):
        outcome = outcomes[number]
        if "error" in outcome:
            found.failed.append((job.source, outcome["error"]))
            lines.append({"source": str(job.source), **outcome})
        else:
            found.done.append(job.target)
            lines.append(_line(job, outcome))
    found.lines.extend(sorted(lines, key=lambda line: line["source"]))
    return found


def _line(job: Job, measures: dict[str, Any]) -> dict[str, Any]:
    return {"source": str(job.source), "output": str(job.target), **measures}


def check_report(path: Path, sounds: list[Path]) -> None:
    """Refuse to write a report in place of one of ``sounds`` or of anything else that is none.

    Raises
    ------
    OutputError
        It would, or it cannot be written.
    """
    if path.resolve() in {sound.resolve() for sound in sounds}:
        raise OutputError(f"{path}: is a sound file of this run; choose another report")
    if path.is_dir():
        raise OutputError(f"{path}: is a folder; give the name of a file to write")
    if path.exists():
        with path.open("rb") as file:
            if file.read(1) not in (b"{", b""):
                raise OutputError(f"{path}: exists and is no report; choose another name")
    check_writable(path)


@contextmanager
def _progress(todo: Plan) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, if that is a terminal; gives what advances it: (job, num_samples)."""
    total = sum(job.about.duration_seconds for job in todo.jobs)
    rates = [job.about.sample_rate for job in todo.jobs]
    with Bar("enhancing", total, unit="s of sound") as bar:
        yield lambda number, num_samples: bar.advance(num_samples / rates[number])
