"""The part of ``bench_wavenet.py --busy``: one thread, two, and two while they pay, in turns."""

from __future__ import annotations

import contextlib
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import torch
from torch import Tensor

from speechgen.reporting.sections.busy_sampling import busy_row
from speechgen.sampling.compiled import batch, utterance
from speechgen.sampling.compiled.pace import Pace

BUSY = (0, 1, 2)
FIRST_SAMPLES = 800
SECONDS = 1.0  # of one measurement, at most
FOR_EVER = 10**15  # nanoseconds
SPIN = "while True: pass"


class Always(Pace):
    """As it was: all threads all the time."""

    def asks(self, samples: int) -> bool:
        return True

    def helped(self, samples: int, seconds: float, *, late: bool = False) -> bool:
        return True


@contextlib.contextmanager
def always_two() -> Iterator[None]:
    """Two threads that wait for each other, whatever it takes."""
    with (
        mock.patch.object(utterance, "Pace", Always),
        mock.patch.object(batch, "Pace", Always),
        mock.patch.object(utterance.UtteranceDrawer, "patience", FOR_EVER),
        mock.patch.object(batch.BatchDrawer, "enough", 0.0),
    ):
        yield


@contextlib.contextmanager
def busy_processes(count: int) -> Iterator[None]:
    """So many processes that never rest, on no core in particular."""
    started = [subprocess.Popen([sys.executable, "-c", SPIN]) for _ in range(count)]
    time.sleep(0.3 if count else 0.0)
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


WAYS: dict[str, tuple[int, Callable[[], Any]]] = {
    "one": (1, contextlib.nullcontext),
    "always": (2, always_two),
    "adaptive": (2, contextlib.nullcontext),
}


def in_turn(turn: int) -> list[str]:
    """The ways, each first in one of three turns."""
    names = list(WAYS)
    first = turn % len(names)
    return names[first:] + names[:first]


def rows(
    named: dict[str, Any], loop: Callable[[int], Iterator[Tensor]], samples: int, repeats: int
) -> list[dict[str, Any]]:
    """A row for every number of busy processes; ``named`` begins each."""
    for threads, context in WAYS.values():  # compile and pack
        torch.set_num_threads(threads)
        with context():
            drain(loop(FIRST_SAMPLES))
    found = []
    for count in BUSY:
        measured: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
        with busy_processes(count):
            for turn in range(repeats):
                for way in in_turn(turn):
                    threads, context = WAYS[way]
                    torch.set_num_threads(threads)
                    with context():
                        measured[way].append(drain(loop(samples)))
        row: dict[str, Any] = {**named, "busy": count}
        for way, values in measured.items():
            rates = [named["batch"] * rate for rate, _ in values]
            row[way] = {
                "median": round(statistics.median(rates), 1),
                "slowest": round(min(rates), 1),
                "times_one_thread": round(times_one_thread(values, measured["one"]), 3),
                "first_50ms_milliseconds": round(
                    1000 * statistics.median(first for _, first in values), 1
                ),
                "first_50ms_slowest": round(1000 * max(first for _, first in values), 1),
            }
        found.append(row)
        print(" | ".join(busy_row(row)), file=sys.stderr, flush=True)
    return found


def times_one_thread(values: list[tuple[float, float]], ones: list[tuple[float, float]]) -> float:
    """Median of the ratios of runs that came one after the other."""
    pairs = zip(values, ones, strict=True)
    return statistics.median(rate / one for (rate, _), (one, _) in pairs)


def drain(chunks: Iterator[Tensor]) -> tuple[float, float]:
    """Samples a second of each utterance, and seconds to the first chunk."""
    begun = time.perf_counter()
    count, first = 0, 0.0
    for chunk in chunks:
        count += chunk.shape[1]
        now = time.perf_counter() - begun
        first = first or now
        if now > SECONDS:
            break
    return count / (time.perf_counter() - begun), first


def estimator(repeats: int) -> str:
    """What the numbers are, for the table."""
    return (
        f"Median and slowest of {repeats} runs of each way in turns, up to {SECONDS:g} s each;"
        " ratios are medians of those of neighbouring runs; compilation is not counted"
    )
