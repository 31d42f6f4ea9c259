"""Tasks in parallel processes; one that dies takes its task with it and no other.

A worker sets itself up once, is then sent the number of a task at a time and answers with how far
it is and at last with the result. Whatever ends the work early, an interruption included, the
workers are asked to end (SIGTERM), clean up after themselves and are waited for. Ctrl-C, which a
terminal sends to all processes at once, is heard by the first one alone.
"""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import connection, get_context, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from types import FrameType
from typing import Any, Literal

from speechgen.errors import ConfigError, SpeechgenError
from speechgen.progress import Bar, track

_PATIENCE_SECONDS = 10.0  # for a worker that was asked to end
_UNGUARDED = 71  # exit status of a process in which the user's script began anew
_CRASHED = "the measuring process crashed"
_STOPS = ("SIGINT", "SIGTERM", "SIGHUP")  # where the system has them


@dataclass(frozen=True)
class Lost:
    """The result of a task whose process ended or could not be set up: one line that says why."""

    reason: str


@dataclass
class _Worker:
    """A process, this end of the pipe to it, and the number of the task it has."""

    process: Any
    pipe: Connection
    task: int | None = None


@dataclass(frozen=True)
class _Work:
    """What workers do, and how they are started."""

    set_up: Callable[[], Any]
    do: Callable[[Any, Any, Callable[[Any], None]], Any]
    tasks: Sequence[Any]
    method: Literal["spawn", "fork"]
    content: str


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Within the block SIGTERM raises SystemExit(143), so that ``with`` and ``finally`` run.

    In other threads than the main one, where handlers cannot be set, and under a handler that
    someone else has set, nothing changes.
    """
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


@contextlib.contextmanager
def signals_held() -> Iterator[None]:
    """Processes started within the block never hear of Ctrl-C, from their first instruction on.

    SIGINT is blocked in this thread, which is inherited. In the main thread SIGINT, SIGTERM and
    SIGHUP wait for the end of the block, so that no process is left half-started; the mask alone
    would not do, since signals come by way of other threads too.
    """
    mask, owner, came = _change_mask("SIG_BLOCK", ()), os.getpid(), []

    def wait(number: int, frame: FrameType | None) -> None:
        if os.getpid() != owner:  # in a copy of this process, made within the block
            _leave(number, frame)
        came.append(number)

    handlers: dict[int, Any] = {}
    try:
        if threading.current_thread() is threading.main_thread():
            for number in (getattr(signal, name) for name in _STOPS if hasattr(signal, name)):
                if signal.getsignal(number) not in (signal.SIG_IGN, None):
                    handlers[number] = signal.getsignal(number)
                    signal.signal(number, wait)
        _change_mask("SIG_BLOCK", {signal.SIGINT})
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        _change_mask("SIG_SETMASK", mask)
        for number in came[:1]:
            signal.raise_signal(number)


def work_in_processes(
    set_up: Callable[[], Any],
    do: Callable[[Any, Any, Callable[[Any], None]], Any],
    tasks: Sequence[Any],
    processes: int,
    *,
    on_begin: Callable[[int], None] = lambda number: None,
    on_progress: Callable[[int, Any], None] = lambda number, value: None,
    method: Literal["spawn", "fork"] = "spawn",
    content: str = "this work",
) -> Generator[tuple[int, Any], None, None]:
    """Do ``tasks``; yield the number of each and its result, as they come in.

    Parameters
    ----------
    set_up
        Called once in each process; what it gives is the first argument of ``do``. Where it raises
        a SpeechgenError, all that is given to the process is lost.
    do
        Called with that, a task and a function that passes a value on to ``on_progress``. Its
        result is yielded, or a :class:`Lost` where the process ended instead.
    processes
        How many work at the same time.
    on_begin
        Called with the number of a task before it is given to a process.
    on_progress
        Called with the number of a task and a value that its process has passed on.
    method
        ``spawn`` starts afresh and is sent everything; ``fork`` is a copy of this process, quick to
        start, but not where a GPU is in use.
    content
        What is sent, for the message where it cannot be.

    Raises
    ------
    ConfigError
        The work cannot be sent to another process. What is defined in the script that runs is
        found there only if the script can be imported: if what it does stands under
        ``if __name__ == "__main__"``. Other work needs no such guard.
    """
    work = _Work(set_up, do, tasks, method, content)
    waiting = list(range(len(tasks)))[::-1]
    workers: list[_Worker] = []
    try:
        while waiting or any(worker.task is not None for worker in workers):
            while waiting and len(workers) < processes:
                with signals_held():
                    workers.append(_start(work))
            for worker in workers:
                if worker.task is None and waiting:
                    on_begin(waiting[-1])
                    worker.task = waiting.pop()
                    with contextlib.suppress(BrokenPipeError):  # it died: heard of below
                        worker.pipe.send(worker.task)
            ready = connection.wait([w.pipe for w in workers if w.task is not None])
            for worker in [w for w in workers if w.pipe in ready]:
                number = worker.task
                assert number is not None
                done, answer = _receive(worker)
                if not done:
                    on_progress(number, answer)
                    continue
                worker.task = None
                if worker.pipe.closed:
                    workers.remove(worker)
                yield number, answer
    finally:
        _end(workers)


def map_in_processes(
    function: Callable[..., Any], tasks: dict[str, tuple], *, jobs: int | None, label: str
) -> dict[str, Any]:
    """``function(*arguments)`` for every task by name.

    Parameters
    ----------
    function
        Of a module's top level. What it returns is kept; what it raises ends the work.
    tasks
        Name to positional arguments.
    jobs
        Processes; None or 0 takes one a core, 1 works in this process.
    label
        What the progress bar says.

    Returns
    -------
    dict
        Name to result, in the order of ``tasks``. The result of a task whose process died (a
        crash in a library's C code) is a string that says so.

    Raises
    ------
    ConfigError
        ``jobs`` is below 0.
    """
    if jobs is not None and jobs < 0:
        raise ConfigError(f"jobs must be 1 or more, or 0 or None for one a core, not {jobs}")
    jobs = min(jobs or os.cpu_count() or 1, len(tasks))
    if jobs <= 1:
        return {name: function(*tasks[name]) for name in track(tasks, label)}
    names, found = list(tasks), {}
    do = functools.partial(_call, function)
    results = work_in_processes(_nothing, do, list(tasks.values()), jobs, method="fork")
    with Bar(label, len(tasks)) as bar, contextlib.closing(results):
        for number, result in results:
            if isinstance(result, Exception):
                raise result
            found[names[number]] = _CRASHED if isinstance(result, Lost) else result
            bar.advance()
    return {name: found[name] for name in tasks}


def _nothing() -> None:
    """The set-up of a function that needs none."""


def _call(function: Callable[..., Any], _: None, arguments: tuple, __: Any) -> Any:
    try:
        return function(*arguments)
    except Exception as error:
        error.add_note(f"in another process:\n{traceback.format_exc()}")
        return error


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _change_mask(how: str, signals: Iterable[int]) -> Iterable[int]:
    """What this thread blocked before; nothing is changed where a system has no such masks."""
    if not hasattr(signal, "pthread_sigmask"):
        return ()
    return signal.pthread_sigmask(getattr(signal, how), signals)


def _start(work: _Work) -> _Worker:
    """A worker that waits for its first task, to be started while signals are held."""
    context: Any = get_context(work.method)
    ours, theirs = context.Pipe()
    spawned = work.method == "spawn"
    script = _with_script(work) if spawned else contextlib.nullcontext()
    if spawned and os.name == "posix":
        resource_tracker.ensure_running()  # which unblocks SIGINT when it starts its process
        _change_mask("SIG_BLOCK", {signal.SIGINT})
    try:
        inherited = ours if work.method == "fork" else None
        process = context.Process(target=_serve, args=(theirs, inherited, work), daemon=True)
        with script:
            process.start()
    except OSError:  # no process to be had
        raise
    except Exception as error:  # whatever an object says that cannot be sent
        if isinstance(error, RuntimeError) and "bootstrapping" in str(error):
            raise SystemExit(_UNGUARDED) from error  # _receive of the first process says it
        raise ConfigError(
            f"{work.content} cannot be sent to other processes ({error}); use 1 job"
        ) from error
    finally:
        theirs.close()
    return _Worker(process, ours)


def _with_script(work: _Work) -> contextlib.AbstractContextManager[None]:
    """Starts a process with the script that runs, if the work needs what it defines, or without.

    A process that is spawned imports the script first, which would run it once more where it has
    no guard.
    """
    scan = _ScriptScan()
    with contextlib.suppress(Exception):  # what cannot be sent at all is told when it is sent
        scan.dump((work.set_up, work.do, work.tasks))
    if not scan.found:
        return _script_left_out()
    main = sys.modules["__main__"]
    by_path = os.path.isfile(getattr(main, "__file__", None) or "")
    if not by_path and getattr(main, "__spec__", None) is None:
        raise ConfigError(
            f"{work.content} is defined in an interactive session, where no other process finds it;"
            " put it into a module of its own, or use 1 job"
        )
    return contextlib.nullcontext()


class _ScriptScan(ForkingPickler):
    """Goes through an object as sending it does and notes whether it needs the running script."""

    def __init__(self) -> None:
        super().__init__(self)
        self.found = False

    def write(self, data: object) -> None:
        """Keeps nothing."""

    def persistent_id(self, value: object) -> str | None:
        """Numbers are left out; functions and classes are looked at."""
        if isinstance(value, type) or callable(value):
            self.found |= getattr(value, "__module__", None) == "__main__"
        return "numbers" if type(value).__module__ in ("torch", "numpy") else None


@contextlib.contextmanager
def _script_left_out() -> Iterator[None]:
    """Within the block a process that is spawned does not import the script that runs."""
    main = sys.modules["__main__"]
    held = {name: getattr(main, name) for name in ("__file__", "__spec__") if hasattr(main, name)}
    try:
        main.__spec__ = None
        main.__dict__.pop("__file__", None)
        yield
    finally:
        main.__dict__.update(held)


def _serve(pipe: Connection, inherited: Connection | None, work: _Work) -> None:
    """What a worker does until it is told to stop (None) or nobody is left to tell it."""
    if inherited is not None:  # else this process would keep its own pipe open
        inherited.close()
    with interruptible(), contextlib.suppress(EOFError, BrokenPipeError):
        try:
            state = work.set_up()
        except SpeechgenError as error:
            while pipe.recv() is not None:
                pipe.send((True, Lost(str(error))))
            return
        while (number := pipe.recv()) is not None:
            result = work.do(state, work.tasks[number], lambda value: pipe.send((False, value)))
            pipe.send((True, result))


def _receive(worker: _Worker) -> tuple[bool, Any]:
    """Whether the task is done, and the result or the progress; a dead worker's pipe is closed."""
    with contextlib.suppress(EOFError, ConnectionResetError):
        return worker.pipe.recv()
    worker.process.join(_PATIENCE_SECONDS)
    worker.pipe.close()
    code = worker.process.exitcode
    if code == _UNGUARDED:
        raise ConfigError(
            "each process imports the script that was started, for what it defines, and the script "
            'began anew there: put what it does under: if __name__ == "__main__"; or use 1 job'
        )
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        hint = "; is memory short? use fewer jobs" if name == "SIGKILL" else ""
        return True, Lost(f"the process at work on it was ended by {name}{hint}")
    return True, Lost(f"the process at work on it ended with status {code}; see what it said above")


def _end(workers: list[_Worker]) -> None:
    """Let idle workers go, ask the others to end, and wait for all."""
    for worker in workers:
        if worker.task is None:
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
