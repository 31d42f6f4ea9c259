"""A plan carried out, and what came of it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from torch import nn

from speechgen.enhancement.batch.job import Outcome, do_jobs
from speechgen.enhancement.batch.plan import Job, Plan
from speechgen.enhancement.batch.report import Report, check_report, write_report
from speechgen.enhancement.options import EnhanceOptions
from speechgen.errors import ConfigError
from speechgen.progress import Bar
from speechgen.store import LoadedModel
from speechgen.workers import interruptible


def run_plan(
    model: nn.Module | LoadedModel,
    plan: Plan,
    options: EnhanceOptions,
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
    with contextlib.closing(plan.record) if plan.record else contextlib.nullcontext():
        return _run(model, plan, options, jobs, None if report is None else Path(report))


def _run(
    model: nn.Module | LoadedModel,
    plan: Plan,
    options: EnhanceOptions,
    jobs: int,
    report: Path | None,
) -> Report:
    if jobs < 1:
        raise ConfigError(f"{jobs} jobs; it must be 1 or more")
    if report is not None:
        everything = [*plan.jobs, *(job for job, _ in plan.skipped)]
        sounds = [path for job in everything for path in (job.source, job.target)]
        check_report(report, [*sounds, *(source for source, _ in plan.failed)])
    outcomes: dict[int, Outcome] = {}
    with interruptible(), _progress(plan) as advance, _recorded(plan, outcomes) as begin:
        for number, outcome in do_jobs(
            model, plan.jobs, options, jobs, on_begin=begin, on_progress=advance
        ):
            outcomes[number] = outcome
            job = plan.jobs[number]
            if plan.record is not None and outcome.get("partial"):
                plan.record.finish_in_part(job.target)
            elif plan.record is not None and "error" not in outcome:
                plan.record.finish(job.source, job.target, outcome)
    found = _collect(plan, outcomes)
    if report is not None:
        write_report(report, found.lines)
    return found


@contextmanager
def _recorded(plan: Plan, outcomes: dict[int, Outcome]) -> Iterator[Callable[[int], None]]:
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


def _collect(plan: Plan, outcomes: dict[int, Outcome]) -> Report:
    found = Report(
        failed=list(plan.failed),
        skipped=[job.target for job, _ in plan.skipped],
        notes=list(plan.notes),
    )
    lines = [{"source": str(source), "error": why} for source, why in plan.failed]
    for job, measures in plan.skipped:
        lines.append(_line(job, measures) | {"done_before": True})
    for number, job in enumerate(plan.jobs):
        outcome = outcomes[number]
        if "error" in outcome:
            found.failed.append((job.source, outcome["error"]))
            lines.append({"source": str(job.source), **outcome})
        elif outcome.get("partial"):
            found.partial.append((job.source, outcome["damage"]))
            lines.append(_line(job, outcome))
        else:
            found.done.append(job.target)
            lines.append(_line(job, outcome))
    found.lines.extend(sorted(lines, key=lambda line: line["source"]))
    return found


def _line(job: Job, measures: dict[str, Any]) -> dict[str, Any]:
    return {"source": str(job.source), "output": str(job.target), **measures}


@contextmanager
def _progress(todo: Plan) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, if that is a terminal; gives what advances it: (job, num_samples)."""
    total = sum(job.about.duration_seconds for job in todo.jobs)
    rates = [job.about.sample_rate for job in todo.jobs]
    with Bar("enhancing", total, unit="s of sound") as bar:
        yield lambda number, num_samples: bar.advance(num_samples / rates[number])
