"""How long commands take to start: help, enhancing a short file, saying two words.

    python tools/bench_startup.py                              half a minute
    sudo .venv/bin/python tools/bench_startup.py --cold        with nothing of them in memory, too

Each command is a process of its own. Of several runs, in turns, the shortest and the middle one are
shown: seconds by the clock, and of the processor, which other work on the machine lengthens less.
--cold has Linux forget all files that it keeps in memory before each run; root alone may do so.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

from speechgen.evaluation.provenance import machine
from speechgen.reporting.table import Table

FORGET = Path("/proc/sys/vm/drop_caches")
COMMANDS = {
    "`speechgen --help`": "-m speechgen --help",
    "`speechgen enhance --help`": "-m speechgen enhance --help",
    "`speechgen enhance`, 3 s of sound": "-m speechgen enhance in.wav --output out.wav --overwrite",
    "`speechgen say`, two words": "-m speechgen say Hello@there. --output said.wav --overwrite",
    "`import torch`, for comparison": "-c import@torch",
}


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5, help="of each command, after one uncounted")
    parser.add_argument("--cores", type=int, default=2, help="that the commands may use")
    parser.add_argument("--cold", action="store_true", help="forget files before each run")
    options = parser.parse_args()
    if options.cold and not os.access(FORGET, os.W_OK):
        parser.error(f"--cold: {FORGET} can be written by root alone; run it with sudo")
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.cores])
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[1])
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        noise = np.random.default_rng(0).standard_normal(48000)
        soundfile.write("in.wav", 0.1 * noise, 16000)
        rows = measured(options.runs, cold=False)
        if options.cold:
            rows += measured(options.runs, cold=True)
    heads = ["command", "files", "shortest (s)", "median (s)", "processor, shortest (s)"]
    print(Table(heads, rows, word_columns=2).markdown())
    cores = len(os.sched_getaffinity(0))
    print(f"On {cores} of the cores of {machine()}; load {os.getloadavg()[0]:.1f} at the end.")


def measured(runs: int, *, cold: bool) -> list[list[str]]:
    """A row for each command."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in COMMANDS}
    for turn in range(runs + 1):
        for name, words in COMMANDS.items():
            if cold:
                os.sync()
                FORGET.write_text("3")
            seconds = one_run(words)
            if turn:  # the first writes bytecode and fills the cache of files
                found[name].append(seconds)
    return [
        [
            name,
            "on the disk" if cold else "in memory",
            f"{min(clock for clock, _ in both):.2f}",
            f"{statistics.median(clock for clock, _ in both):.2f}",
            f"{min(work for _, work in both):.2f}",
        ]
        for name, both in found.items()
    ]


def one_run(words: str) -> tuple[float, float]:
    """Seconds by the clock and of the processor; a space in a word is an @."""
    command = [sys.executable, *(word.replace("@", " ") for word in words.split())]
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    clock, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return clock, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
