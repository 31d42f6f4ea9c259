#!/usr/bin/env python3
"""Measures one worker against two, what a killed one costs, and a folder of many names.

    python tools/bench_scale.py --repeats 3 > scale.md
    python tools/bench_scale.py --only listing --names 1000000

Workers are processes of one thread each on this machine, in turns: one, two, one, ... Rows are the
quickest of all repeats, since other work on the machine only ever makes one slower; where it is
busy, seconds of the processor say more than those of the clock. Exits with status 1 where a killed
worker left a trace in what was made.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

RATE = 16000
FILES, FILE_SECONDS = 24, 60.0
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
SPEECHGEN = [sys.executable, "-m", "speechgen"]
#: experiment, overrides: examples of a step, and how many steps
TRAININGS = {
    "vae, MLP of 784-512-32": (
        16, 400,
        ["experiment=vae", "model.arguments={hidden: [512], latent: 32}", "data.train=DIGITS",
         "data.batch_size=16"],
    ),
    "wavenet_mel": (
        4, 30,
        ["experiment=wavenet_mel", "data.train=SPEECH", "data.valid=SPEECH", "data.batch_size=4",
         "trainer.validate_every_steps=1000000"],
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Spent:
    """Seconds by the clock, and of the processor."""

    wall: float
    processor: float


def main() -> None:
    """Print the tables that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=("batch", "training", "listing"))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--names", type=int, default=1_000_000)
    given = parser.parse_args()
    print(f"load average before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    with tempfile.TemporaryDirectory(prefix="bench-scale-") as name:
        folder = Path(name)
        tables: dict[str, Callable[[], bool]] = {
            "batch": lambda: batch(folder, given.repeats),
            "training": lambda: training(folder, given.repeats),
            "listing": lambda: listing(folder, given.names),
        }
        fine = [make() for key, make in tables.items() if given.only in (None, key)]
    print(f"\nload average after: {os.getloadavg()[0]:.1f}")
    sys.exit(0 if all(fine) else 1)


# ------------------------------------------------------------------------------------ batch jobs
def batch(folder: Path, repeats: int) -> bool:
    """`enhance --shard` by one and by two processes; one of two killed and begun again."""
    recordings = folder / "recordings"
    write_recordings(recordings, FILES, FILE_SECONDS)
    spent: dict[int, list[Spent]] = {1: [], 2: []}
    for number in range(repeats):
        for count, found in spent.items():
            found.append(array(recordings, folder / f"out{count}-{number}", count))
    began = time.perf_counter()
    again, twice = killed(recordings, folder / "killed")
    wall = time.perf_counter() - began
    same = sounds(folder / "killed") == sounds(folder / "out1-0") == sounds(folder / "out2-0")
    (one, two), (cpu, cpu_two) = (
        [min(getattr(each, key) for each in spent[count]) for count in spent]
        for key in ("wall", "processor")
    )
    sound = FILES * FILE_SECONDS
    print(
        "| batch job | s of sound a s | times | processor s of the longest job | times |\n"
        "|---|---|---|---|---|\n"
        f"| `enhance --shard 1/1` | {sound / one:.1f} | 1 | {cpu:.1f} | 1 |\n"
        f"| two at once, of 2 shards | {sound / two:.1f} | {one / two:.2f} | {cpu_two:.1f} | "
        f"{cpu / cpu_two:.2f} |\n"
        f"| the same, one killed by `kill -9` and given again | {sound / wall:.1f} | "
        f"{one / wall:.2f} | | |\n\n"
        f"Of {FILES} files {again} were begun twice, {twice} were finished twice; all files the "
        f"same, byte by byte: {'yes' if same else 'NO'}\n"
    )
    return same and not twice


def enhance(recordings: Path, out: Path, part: str) -> subprocess.Popen:
    """A job of an array."""
    command = [*SPEECHGEN, "enhance", str(recordings), "--output", str(out), "--shard", part]
    return subprocess.Popen(
        [*command, "--device", "cpu"], env=ENVIRONMENT,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip


def array(recordings: Path, out: Path, count: int) -> Spent:
    """What jobs of an array that run at the same time take; the longest of them counts."""
    began = time.perf_counter()
    jobs = [enhance(recordings, out, f"{number}/{count}") for number in range(1, count + 1)]
    processor = max(processor_seconds(job) for job in jobs)
    return Spent(time.perf_counter() - began, processor)


def processor_seconds(job: subprocess.Popen) -> float:
    """Of a process and its children, once it has ended well."""
    _, status, usage = os.wait4(job.pid, 0)
    job.returncode = os.waitstatus_to_exitcode(status)
    assert not job.returncode, job.args
    return usage.ru_utime + usage.ru_stime


def killed(recordings: Path, out: Path) -> tuple[int, int]:
    """Two jobs, of which one is killed after its second file: files begun, and finished, twice."""
    one, two = (enhance(recordings, out, f"{number}/2") for number in (1, 2))
    record = out / ".speechgen-enhance.shards" / "2-of-2.jsonl"
    while not record.exists() or record.read_text().count('"output"') < 2:
        time.sleep(0.02)
    two.send_signal(signal.SIGKILL)
    two.wait()
    assert not enhance(recordings, out, "2/2").wait() and not one.wait()
    lines = [json.loads(line) for path in record.parent.iterdir()
             for line in path.read_text().splitlines() if line]  # fmt: skip
    counts = [
        Counter(line["target"] for line in lines if key in line) for key in ("begun", "output")
    ]
    again, twice = (sum(number > 1 for number in found.values()) for found in counts)
    return again, twice


def sounds(folder: Path) -> dict[str, bytes]:
    """All files by name."""
    return {path.name: path.read_bytes() for path in folder.glob("*.wav")}


def write_recordings(folder: Path, files: int, seconds: float) -> None:
    """Noise that comes and goes."""
    import numpy as np
    import soundfile

    folder.mkdir()
    for number in range(files):
        rng = np.random.default_rng(number)
        time_ = np.arange(round(seconds * RATE)) / RATE
        wave = 0.1 * rng.standard_normal(len(time_)) * np.sin(3 * time_) ** 2
        soundfile.write(folder / f"{number:03}.wav", wave, RATE)


# -------------------------------------------------------------------------------------- training
def training(folder: Path, repeats: int) -> bool:
    """Steps by one process and by two under torchrun; one of two killed."""
    from speechgen.data import write_data_directory
    from speechgen.images.data.dataset import digits, save_images

    save_images(folder / "digits.npz", digits())
    write_recordings(folder / "speech_files", 8, 6.0)
    wavs = {path.stem: path for path in sorted((folder / "speech_files").iterdir())}
    write_data_directory(folder / "speech", wavs, {key: key for key in wavs})
    print(
        "| training, examples a process and step | examples/s, one | two | times | processor ms a "
        "step and process, one | two | times | bytes sent a step and process |\n"
        "|---|---|---|---|---|---|---|---|"
    )
    for name, (examples, steps, overrides) in TRAININGS.items():
        told = [
            one.replace("DIGITS", f"{folder}/digits.npz").replace("SPEECH", f"{folder}/speech")
            for one in overrides
        ]
        pace, spent = {1: 0.0, 2: 0.0}, {1: float("inf"), 2: float("inf")}
        for number in range(repeats):
            for count in pace:
                out = folder / f"{name.split(',')[0]}-{count}-{number}"
                start_up = processor_seconds(start(out.with_suffix(".short"), told, 10, count))
                whole = processor_seconds(start(out, told, steps, count))
                spent[count] = min(spent[count], 1000 * (whole - start_up) / (steps - 10) / count)
                pace[count] = max(pace[count], count * examples * pace_of(out, steps))
        size = 4 * parameters(folder / f"{name.split(',')[0]}-1-0")
        print(
            f"| {name}, {examples} | {pace[1]:.1f} | {pace[2]:.1f} | {pace[2] / pace[1]:.2f} | "
            f"{spent[1]:.1f} | {spent[2]:.1f} | {2 * spent[1] / spent[2]:.2f} | {size:,} |"
        )
    first = next(iter(TRAININGS.values()))[2]
    return restart(folder, [one.replace("DIGITS", f"{folder}/digits.npz") for one in first])


def start(
    out: Path, overrides: list[str], steps: int, count: int, *options: str, every: int = 10**6
) -> subprocess.Popen:
    """Begin a training by ``count`` processes; metrics have a row for each tenth of it."""
    torchrun = [
        "torch.distributed.run",
        "--standalone",
        f"--nproc-per-node={count}",
        *options,
        "-m",
    ]
    return subprocess.Popen(
        [sys.executable, "-m", *(torchrun if count > 1 else []), "speechgen", "train", *overrides,
         f"trainer.devices={count}", "trainer.accelerator=cpu", "trainer.precision=32",
         "trainer.threads=1", f"trainer.max_steps={steps}",
         f"trainer.log_every_steps={steps // 10}",
         f"trainer.checkpoint_every_steps={every}", f"output={out}"],
        env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def pace_of(out: Path, steps: int) -> float:
    """Steps a second of the whole run, by its own clock."""
    status = json.loads((out / "status.json").read_text())
    assert status["steps"] == steps
    return steps / max(status["seconds"], 0.1)


def parameters(out: Path) -> int:
    """Numbers in the gradients of a run."""
    import torch

    kept = torch.load(next(out.glob("checkpoints/last.ckpt")), weights_only=True)
    return sum(
        value["exp_avg"].numel()
        for optimizer in kept["optimizer_states"]
        for value in optimizer["state"].values()
        if "exp_avg" in value
    )


def restart(folder: Path, overrides: list[str]) -> bool:
    """One of two killed in the middle: how long until both go on, and what became of the model."""
    from safetensors.torch import load_file

    steps, out = 600, folder / "restarted"
    agent = start(out, overrides, steps, 2, "--max-restarts=1", every=50)
    while not (out / "checkpoints" / "last.ckpt").exists():
        time.sleep(0.02)
    children = Path(f"/proc/{agent.pid}/task/{agent.pid}/children").read_text().split()
    (victim,) = (
        int(child) for child in children
        if "\0LOCAL_RANK=1\0" in Path(f"/proc/{child}/environ").read_text()
    )  # fmt: skip
    kept = (out / "checkpoints" / "last.ckpt").stat().st_mtime_ns
    os.kill(victim, signal.SIGKILL)
    began = time.perf_counter()
    while (out / "checkpoints" / "last.ckpt").stat().st_mtime_ns == kept:
        time.sleep(0.02)
    seconds = time.perf_counter() - began
    assert not agent.wait()
    start(folder / "whole", overrides, steps, 2, every=50).wait()
    ours, theirs = (
        load_file(one / "model" / "model.safetensors") for one in (out, folder / "whole")
    )
    gap = max(float((ours[key] - theirs[key]).abs().max()) for key in theirs)
    print(
        f"\nOne of two processes killed by `kill -9`, `--max-restarts=1`: the next checkpoint, 50 "
        f"steps on, {seconds:.0f} s later; weights at the end differ from those of a run that was "
        f"left alone by {gap:g}\n"
    )
    return gap == 0.0


# --------------------------------------------------------------------------------------- listing
def listing(folder: Path, names: int) -> bool:
    """A folder of many names: what it costs to list it, to know what is done, and to plan."""
    from speechgen.audio.finding import look_for_audio
    from speechgen.enhancement.batch.resume import NAME, Record
    from speechgen.files.shard import Shard, own_list

    many, out = folder / "many", folder / "done"
    for number in range(0, names, 1000):
        (many / f"{number // 1000:05}").mkdir(parents=True)
        for place in range(min(1000, names - number)):
            (many / f"{number // 1000:05}" / f"{place:04}.wav").touch()
    print("| of a folder of sounds | seconds | MB more |\n|---|---|---|")
    for count in (100, 1):
        seconds, memory, found = measured(partial(look_for_audio, many, Shard(1, count).holds))
        print(f"| listing {names:,}, {len(found.names):,} of them kept (shard 1/{count}) | "
              f"{seconds:.1f} | {memory:.0f} |")  # fmt: skip
    record = own_list(out / NAME, Shard(1, 100))
    record.parent.mkdir(parents=True)
    lines = names // 100
    with record.open("w") as file:
        for number in range(lines):
            target = f"{number // 1000:05}/{number % 1000:04}.wav"
            file.write(json.dumps({"target": target, "begun": None}) + "\n")
            file.write(json.dumps({"target": target, "output": [1, 1], "measures": {}}) + "\n")
    seconds, memory, kept = measured(lambda: Record(out, "", Shard(1, 100)))
    kept.close()
    print(f"| reading the done-list of a shard, {lines:,} files | {seconds:.2f} | {memory:.0f} |")
    shutil.rmtree(many)
    return True


def measured(work: Callable) -> tuple:
    """Seconds, megabytes of memory at its peak above what was there before, and the result."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before, began = peak_mb(), time.perf_counter()
    found = work()
    return time.perf_counter() - began, max(0.0, peak_mb() - before), found


def peak_mb() -> float:
    """Of this process."""
    with contextlib.suppress(OSError, StopIteration, ValueError):
        lines = Path("/proc/self/status").read_text().splitlines()
        return int(next(one for one in lines if one.startswith("VmHWM")).split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
