from __future__ import annotations

import os

from speechgen.workers import map_in_processes


def square(number: int) -> int:
    if number < 0:
        os._exit(9)  # as a crash in C code would
    return number**2


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
