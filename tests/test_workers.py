from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from speechgen.errors import ConfigError, DataError
from speechgen.workers import Lost, map_in_processes, signals_held, work_in_processes


def square(number: int) -> int:
    if number < 0:
        os._exit(9)  # as a crash in C code would
    return number**2


def halve(number: int) -> int:
    if number % 2:
        raise ValueError(f"{number} is odd")
    return number // 2


def test_results_keep_the_order_of_the_tasks() -> None:
    tasks = {f"t{number}": (number,) for number in (5, 3, 8, 1)}
    for jobs in (1, 2):
        found = map_in_processes(square, tasks, jobs=jobs, label="squaring")
        assert list(found.items()) == [("t5", 25), ("t3", 9), ("t8", 64), ("t1", 1)]


def test_a_worker_that_dies_takes_only_its_own_task_with_it() -> None:
    tasks = {"a": (2,), "b": (-1,), "c": (3,), "d": (4,)}
    found = map_in_processes(square, tasks, jobs=2, label="squaring")
    assert (found["a"], found["c"], found["d"]) == (4, 9, 16)
    assert "crashed" in found["b"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_a_function_raises_is_raised_here(jobs: int) -> None:
    tasks = {"a": (2,), "b": (3,), "c": (4,)}
    with pytest.raises(ValueError, match="3 is odd"):
        map_in_processes(halve, tasks, jobs=jobs, label="halving")
    assert multiprocessing.active_children() == []


def number_of_process() -> int:
    return os.getpid()


def double(state: int, task: int, tell: Callable[[Any], None]) -> tuple[int, int]:
    tell(task)
    return state, square(task) and 2 * task


def test_set_up_is_done_once_a_process_and_progress_comes_through() -> None:
    begun, told = [], []
    results = work_in_processes(
        number_of_process, double, [1, 2, -3, 4, 5], 2, method="fork", on_begin=begun.append,
        on_progress=lambda number, value: told.append((number, value)),
    )  # fmt: skip
    found = dict(results)
    assert begun == [0, 1, 2, 3, 4]
    assert sorted(told) == [(0, 1), (1, 2), (2, -3), (3, 4), (4, 5)]
    lost = found.pop(2)
    assert isinstance(lost, Lost)
    assert "status 9" in lost.reason
    assert [found[number][1] for number in (0, 1, 3, 4)] == [2, 4, 8, 10]
    assert len({process for process, _ in found.values()} - {os.getpid()}) in (2, 3)
    assert multiprocessing.active_children() == []


def refuse() -> None:
    raise DataError("there is no data")


def test_where_the_set_up_fails_every_task_is_lost_and_says_why() -> None:
    found = dict(work_in_processes(refuse, double, [1, 2], 1, method="fork"))
    assert found == {0: Lost("there is no data"), 1: Lost("there is no data")}


def test_what_cannot_be_sent_is_said() -> None:
    work = work_in_processes(lambda: None, double, [1], 1, content="a function without a name")
    with pytest.raises(ConfigError, match="a function without a name cannot be sent"):
        next(work)


def test_a_number_of_jobs_below_zero_is_refused() -> None:
    assert map_in_processes(square, {"a": (2,)}, jobs=0, label="squaring") == {"a": 4}
    with pytest.raises(ConfigError, match="jobs must be 1 or more, or 0"):
        map_in_processes(square, {"a": (2,)}, jobs=-1, label="squaring")


SCRIPT = """
import functools, math
from speechgen.errors import ConfigError
from speechgen.workers import _call, work_in_processes

{defined}
print("begins", flush=True)
{guard}
    try:
        work = work_in_processes(float, {do}, [(1.0,), (4.0,), (9.0,)], 2, content="this work")
        print(sorted(result for _, result in work))
    except ConfigError as error:
        print(error)
"""
LIBRARYS = ("", "functools.partial(_call, math.sqrt)")
OWN = ("def do(state, task, tell):\n    return math.sqrt(*task)\n", "do")
GUARD, NO_GUARD = 'if __name__ == "__main__":', "if True:"


def run_script(folder: Path, work: tuple[str, str], guard: str, *, piped: bool = False) -> str:
    text = SCRIPT.format(defined=work[0], do=work[1], guard=guard)
    script = folder / "script.py"
    script.write_text(text)
    done = subprocess.run(
        [sys.executable, "-" if piped else str(script)],
        input=text if piped else None,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("piped", [False, True])
@pytest.mark.parametrize("guard", [GUARD, NO_GUARD])
def test_a_script_is_not_begun_anew_where_nothing_of_it_is_needed(
    tmp_path: Path, guard: str, piped: bool
) -> None:
    assert run_script(tmp_path, LIBRARYS, guard, piped=piped) == "begins\n[1.0, 2.0, 3.0]\n"


def test_what_a_script_defines_needs_a_guard_or_one_line_says_so(tmp_path: Path) -> None:
    assert "[1.0, 2.0, 3.0]" in run_script(tmp_path, OWN, GUARD)
    assert (
        'under: if __name__ == "__main__"' in run_script(tmp_path, OWN, NO_GUARD).splitlines()[-1]
    )


def test_what_is_defined_in_a_session_cannot_be_sent(tmp_path: Path) -> None:
    said = run_script(tmp_path, OWN, NO_GUARD, piped=True)
    assert said.startswith("begins\nthis work is defined in an interactive session")


DEAF = """
import functools, signal
from speechgen.workers import _call, work_in_processes

do = functools.partial(_call, signal.pthread_sigmask)
asked = (signal.SIG_BLOCK, ())
work = work_in_processes(float, do, [asked] * 3, 3, method="{method}")
print([blocked for _, blocked in sorted(work)], do(None, asked, None))
"""


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_ctrl_c_is_blocked_in_every_worker_and_not_here(method: str) -> None:
    """In a new interpreter: the first process of those that are spawned is a case of its own."""
    command = [sys.executable, "-c", DEAF.format(method=method)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    blocked = {signal.SIGINT}
    assert done.stdout == f"{[blocked] * 3} set()\n", done.stderr


STOPPED = """
import functools, signal, sys, time
from speechgen.workers import _call, work_in_processes

signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))
try:
    print("begins", flush=True)
    do = functools.partial(_call, time.sleep)
    list(work_in_processes(float, do, [(60.0,)] * 3, 3))
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("delay", [0.0, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.5])
def test_stopped_at_any_moment_of_the_start_it_is_quiet_and_leaves_nobody(
    delay: float, number: signal.Signals
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", STOPPED], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(delay)
    if number == signal.SIGINT:  # as a terminal does: to all of them
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    _, said = process.communicate(timeout=120)  # ends when nobody holds the pipes any more
    assert said == ""
    assert process.returncode == 128 + number


@pytest.mark.parametrize("other_thread", [False, True])
def test_a_signal_waits_while_signals_are_held(other_thread: bool) -> None:
    before, over, reached = signal.getsignal(signal.SIGINT), threading.Event(), False
    thread = threading.Thread(target=over.wait)
    thread.start()
    target = thread if other_thread else threading.current_thread()
    try:
        with pytest.raises(KeyboardInterrupt), signals_held():
            signal.pthread_kill(target.ident or 0, signal.SIGINT)
            time.sleep(0.1)
            reached = True
    finally:
        over.set()
        thread.join()
    assert reached
    assert signal.getsignal(signal.SIGINT) is before
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set()


def test_a_copy_made_while_signals_are_held_can_be_ended() -> None:
    with signals_held():
        child = os.fork()
        if not child:
            try:
                time.sleep(30)
            except SystemExit as leaving:
                os._exit(leaving.code)
            os._exit(0)
    time.sleep(0.1)
    os.kill(child, signal.SIGINT)  # is not heard
    os.kill(child, signal.SIGTERM)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 143
