"""Endurance: thousands of files, hours of sound, an hour of a live stream in one process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.torture.amounts import short_and_long
from tests.torture.running import ROOT, Warm
from tests.torture.verbs import RATE, Material, buzz

WATCHED_SECONDS = 0.05
WARM_UP = 0.2  # of the files, in which caches and pools fill
BLOCK_SECONDS = 0.02  # of a live stream
MAY_GROW = 1.05


def memory_of(pid: int) -> tuple[int, int]:
    """Resident bytes and open files of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE"), len(os.listdir(f"/proc/{pid}/fd"))


def many_files(folder: Path, files: int, seconds: float) -> None:
    """So many files of ``seconds`` each; their sound is that of a few, by hard links."""
    different = 16
    for number in range(files):
        path = folder / f"{number // 1000:03d}" / f"{number:05d}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        if number < different:
            wave = buzz(90 + 10 * number, seconds * (0.7 + 0.6 * number / (different - 1)), number)
            soundfile.write(path, wave.T, RATE)
        else:
            first = number % different
            os.link(folder / "000" / f"{first:05d}.wav", path)


@short_and_long("files", 60, 10_000)
def test_many_files_in_flat_memory(files: int, given: Material, warm: Warm, out: Path) -> None:
    """``TORTURE_FILES`` (10,000) of ``TORTURE_FILE_SECONDS`` (2.88): eight hours of sound."""
    long = files > 60
    seconds = float(os.environ.get("TORTURE_FILE_SECONDS", 2.88)) if long else 0.2
    source, target = out / "in", out / "clean"
    many_files(source, files, seconds)
    model = "spectral-small" if long else str(given / "models" / "segan")
    run = warm.start("enhance", source, "--output", target, "--model", model)
    record = target / ".speechgen-enhance.jsonl"
    seen: list[tuple[float, int, int]] = []  # share that is done, bytes, open files
    size_of_all = 0
    while not run.ended.wait(WATCHED_SECONDS):
        try:
            size_of_all = record.stat().st_size
            seen.append((size_of_all, *memory_of(run.pid)))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    assert run.status == 0, run.said
    assert len(list(target.rglob("*.wav"))) == files
    begun = [row for row in seen if row[0] > 0]
    settled = [row for row in begun if row[0] >= WARM_UP * size_of_all]
    tenth = max(1, len(settled) // 10)
    first, last = (
        float(np.median([row[1] for row in part])) for part in (settled[:tenth], settled[-tenth:])
    )
    print(
        f"{files} files, {files * seconds / 3600:.2f} h of sound in {run.seconds:.0f} s; "
        f"{first / 2**20:.1f} MiB after the warm-up, {last / 2**20:.1f} MiB at the end; "
        f"{min(r[2] for r in settled)} to {max(r[2] for r in settled)} open files",
        file=sys.stderr,
    )
    assert last <= (MAY_GROW if long else 1.2) * first
    most = max(row[2] for row in settled[: len(settled) // 2])
    assert max(row[2] for row in settled) <= most


@short_and_long("hours", 0.003, 1.0)
def test_a_live_stream_answers_as_fast_at_its_end(hours: float, given: Material) -> None:
    """``TORTURE_HOURS`` (1) of sound in blocks of 20 ms, each timed from its arrival."""
    model = "spectral-small" if hours > 0.1 else str(given / "models" / "identity")
    blocks = round(3600 * hours / BLOCK_SECONDS)
    command = [sys.executable, "-m", "speechgen", "enhance", "--stream", "--rate", str(RATE)]
    with subprocess.Popen(
        [*command, "--model", model], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env={**os.environ, "OMP_NUM_THREADS": "1"}, cwd=ROOT,
    ) as process:  # fmt: skip
        times, memory = feed(process, blocks)
    tenth = blocks // 10
    parts = 1000 * np.array(times[:tenth]), 1000 * np.array(times[-tenth:])
    (median, high), (late, late_high) = (np.percentile(part, (50, 99)) for part in parts)
    print(
        f"{hours} h in blocks of {1000 * BLOCK_SECONDS:.0f} ms: median {median:.2f} and "
        f"{late:.2f} ms, 99 % within {high:.2f} and {late_high:.2f} ms in its first and last "
        f"tenth; {memory[0][0] / 2**20:.1f} and {memory[-1][0] / 2**20:.1f} MiB",
        file=sys.stderr,
    )
    if hours < 0.1:
        return  # too few to say
    assert late < 1.25 * median
    assert memory[-1][0] <= MAY_GROW * memory[len(memory) // 10][0]
    assert memory[-1][1] <= memory[len(memory) // 10][1]


def feed(process: subprocess.Popen, blocks: int) -> tuple[list[float], list[tuple[int, int]]]:
    """Send so many blocks of sound; how long each took until what it brings on had come out."""
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    size = round(BLOCK_SECONDS * RATE)
    said = process.stderr.readline().decode()
    lag = round((float(said.split("lags by ")[1].split()[0]) + 1) / 1000 * RATE)  # said in ms
    sound = (buzz(130, 10.0, 1)[0] * 2**15).astype("<i2").reshape(-1, size)
    times, memory, come = [], [], 0
    for number in range(blocks):
        process.stdin.write(sound[number % len(sound)].tobytes())
        began = time.perf_counter()
        process.stdin.flush()
        due = 2 * (size * (number + 1) - lag)
        while come < due:
            piece = os.read(process.stdout.fileno(), 1 << 16)
            assert piece, "the stream ended early"
            come += len(piece)
        if due > 0:
            times.append(time.perf_counter() - began)
        if number % 500 == 0:
            memory.append(memory_of(process.pid))
    process.stdin.close()
    while piece := process.stdout.read1(1 << 16):  # type: ignore[attr-defined]
        come += len(piece)
    assert process.wait(60) == 0
    assert come == 2 * size * blocks
    return times, memory


@pytest.mark.torture
def test_one_process_many_uses(given: Material, out: Path) -> None:
    """The Python API again and again: memory and open files of this process stay."""
    import speechgen

    wave = buzz(120, 1.0, 0)
    network = speechgen.load("spectral-small")
    seen = []
    for number in range(int(os.environ.get("TORTURE_USES", 1000))):
        speechgen.enhance(wave, RATE, model=network)
        if number % 10 == 0:
            seen.append(memory_of(os.getpid()))
    settled = seen[len(seen) // 5 :]
    assert settled[-1][0] <= MAY_GROW * settled[0][0]
    assert settled[-1][1] <= settled[0][1]
