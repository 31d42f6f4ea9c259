"""Jobs in parallel processes, each with a model of its own and its share of the threads.

A worker is sent the number of a job and answers with how far it is and at last with the outcome.
Whatever ends the run early, an interruption included, the workers are asked to end (SIGTERM), clean
up after themselves and are waited for. A worker that dies takes its job with it and no other.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection
from typing import Any

import torch
from torch import nn

from speechgen.enhancement.batch.job import do_job
from speechgen.enhancement.batch.plan import Job
from speechgen.enhancement.interruption import interruptible
from speechgen.enhancement.settings import Settings
from speechgen.errors import ConfigError, SpeechgenError
from speechgen.store import LoadedModel, load_model

_PATIENCE_SECONDS = 10.0  # for a worker that was asked to end


@dataclass
class _Worker:
    """A process, this end of the pipe to it, and the number of the job it has."""

    process: Any
    pipe: Connection
    job: int | None = None


def work_in_processes(
    model: nn.Module | LoadedModel,
    jobs: Sequence[Job],
    settings: Settings,
    count: int,
    *,
    on_begin: Callable[[int], None],
    on_progress: Callable[[int, int], None],
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Do ``jobs`` in ``count`` processes; yield each one's number and :func:`.do_job` of it.

    Parameters
    ----------
    on_begin
        Called with the number of a job before it is given to a worker.
    on_progress
        Called with the number of a job and the samples that have just been read for it.

    Raises
    ------
    ConfigError
        ``model`` cannot be sent to another process.
    """
    threads = max(1, torch.get_num_threads() // count)
    waiting = list(range(len(jobs)))[::-1]
    workers: list[_Worker] = []
    try:
        while waiting or any(worker.job is not None for worker in workers):
            while waiting and len(workers) < count:
                workers.append(_start(model, jobs, settings, threads))
            for worker in workers:
                if worker.job is None and waiting:
                    on_begin(waiting[-1])
                    worker.job = waiting.pop()
                    with contextlib.suppress(BrokenPipeError):  # it died: heard of below
                        worker.pipe.send(worker.job)
            ready = connection.wait([w.pipe for w in workers if w.job is not None])
            for worker in [w for w in workers if w.pipe in ready]:
                number = worker.job
                assert number is not None
                answer = _receive(worker)
                if isinstance(answer, int):
                    on_progress(number, answer)
                    continue
                worker.job = None
                if answer is None:
                    answer = _obituary(worker)
                    workers.remove(worker)
                yield number, answer
    finally:
        _end(workers)


def _start(
    model: nn.Module | LoadedModel, jobs: Sequence[Job], settings: Settings, threads: int
) -> _Worker:
    """A worker that waits for its first job; Ctrl-C does not reach it, it is ended from here."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        source = model.directory if isinstance(model, LoadedModel) else model
        process = context.Process(
            target=_work, args=(theirs, source, list(jobs), settings, threads), daemon=True
        )
        process.start()
    except (AttributeError, TypeError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "bootstrapping" in str(error):
            raise
        name = type(model).__name__
        raise ConfigError(f"a {name} cannot be sent to other processes ({error}); use 1 job") from (
            error
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
        theirs.close()
    return _Worker(process, ours)


def _work(pipe: Connection, source: Any, jobs: list[Job], settings: Settings, threads: int) -> None:
    """What a worker does until it is told to stop (None) or nobody is left to tell it."""
    with interruptible(), contextlib.suppress(EOFError, BrokenPipeError):
        torch.set_num_threads(threads)
        model = source
        try:
            if not isinstance(source, nn.Module):
                model = load_model(source, device=settings.device).model
        except SpeechgenError as error:
            while pipe.recv() is not None:
                pipe.send({"error": str(error)})
            return
        while (number := pipe.recv()) is not None:
            pipe.send(do_job(model, jobs[number], settings, pipe.send))


def _receive(worker: _Worker) -> Any:
    """The next answer, or None where the worker is no more."""
    try:
        return worker.pipe.recv()
    except (EOFError, ConnectionResetError):
        return None


def _obituary(worker: _Worker) -> dict[str, Any]:
    worker.process.join(_PATIENCE_SECONDS)
    code = worker.process.exitcode
    worker.pipe.close()
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        hint = "; is memory short? use fewer jobs" if name == "SIGKILL" else ""
        return {"error": f"the process at work on it was ended by {name}{hint}"}
    return {"error": f"the process at work on it ended with status {code}; see what it said above"}


def _end(workers: list[_Worker]) -> None:
    """Let idle workers go, ask the others to end, and wait for all."""
    for worker in workers:
        if worker.job is None:
            with contextlib.suppress(OSError):
                worker.pipe.send(None)
        else:
            worker.process.terminate()
    for worker in workers:
        worker.process.join(_PATIENCE_SECONDS)
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()
        worker.pipe.close()
