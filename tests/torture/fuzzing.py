"""Fuzzing of one reader in a child process: what raises, crashes, hangs or takes too much memory.

    python -m tests.torture.fuzzing READER FOLDER SECONDS SEED      the child

The child mutates valid files with hypothesis and hands each to the reader. It may take 2 GiB of
memory more than it had; what raises anything but a SpeechgenError is made small and noted as a
JSON line in FOLDER/said. The parent (:func:`fuzz`) sees what ends or stops the child: the example
at work is in FOLDER/current.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import signal
import struct
import subprocess
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.torture.mutations import Tree

ROOT = Path(__file__).resolve().parents[2]
MOST_BYTES = 2 << 30
MOST_SECONDS = 10.0
BATCH = 200


@dataclass
class Outcome:
    """How many examples were tried, and what was found: why, and the files that do it."""

    examples: int = 0
    found: dict[str, Tree] = field(default_factory=dict)


def put(folder: Path, tree: Tree) -> None:
    """Make ``folder`` hold ``tree`` and nothing else."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in tree.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def taken(folder: Path) -> Tree:
    """The files of ``folder``."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


# ---------------------------------------------------------------------------- the child
def why(error: BaseException) -> str:
    """What was raised and where in speechgen: one fault is one such line."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/speechgen/" in frame.filename] or frames[-1:]
    where = ours[-1]
    name = where.filename.rsplit("/speechgen/", 1)[-1]
    return f"{type(error).__name__} in {name}, {where.name}"


def limit_memory() -> None:
    """No more than :data:`MOST_BYTES` beyond what this process has now."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + MOST_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def child(reader_name: str, folder: Path, seconds: float, seed: int) -> None:
    """Fuzz until the time is over; the known faults are in FOLDER/known, one a line."""
    import hypothesis
    from hypothesis import HealthCheck, Phase, given, settings

    from speechgen.errors import SpeechgenError
    from tests.torture.mutations import damaged
    from tests.torture.readers import READERS

    reader = READERS[reader_name]
    seeds, current = reader.seeds(), folder / "current"
    beat = os.open(folder / "beat", os.O_WRONLY)
    for tree in seeds[:3]:  # what it imports, before memory is limited
        put(current, tree)
        with contextlib.suppress(SpeechgenError):
            reader.attempt(current)
    known = set((folder / "known").read_text().splitlines())
    warnings.simplefilter("ignore")
    limit_memory()
    count, deadline = 0, time.monotonic() + seconds

    def attempt(tree: Tree) -> str | None:
        nonlocal count
        count += 1
        put(current, tree)
        os.pwrite(beat, struct.pack("<q", count), 0)
        try:
            reader.attempt(current)
        except SpeechgenError:
            return None
        except Exception as error:
            return why(error)
        return None

    last: dict[str, Tree] = {}

    def one(tree: Tree) -> None:
        if time.monotonic() > deadline:
            return
        fault = attempt(tree)
        if fault is not None and fault not in known:
            last.clear()
            last[fault] = tree
            raise AssertionError(fault)

    while time.monotonic() < deadline:
        last.clear()
        test = settings(
            max_examples=BATCH, database=None, deadline=None, report_multiple_bugs=False,
            phases=(Phase.generate, Phase.shrink), suppress_health_check=list(HealthCheck),
        )(given(damaged(seeds))(one))  # fmt: skip
        seed += 1
        with contextlib.suppress(Exception):  # what it found is in last
            hypothesis.seed(seed)(test)()
        for fault, tree in last.items():
            known.add(fault)
            files = {name: content.hex() for name, content in tree.items()}
            with (folder / "said").open("a") as said:
                said.write(json.dumps({"fault": fault, "files": files}) + "\n")


# ---------------------------------------------------------------------------- the parent
def fuzz(reader: str, folder: Path, seconds: float, seed: int = 0) -> Outcome:
    """Let children fuzz ``reader`` for so long, each until it ends or has to be ended."""
    outcome, known = Outcome(), set[str]()
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        (folder / "known").write_text("".join(f"{fault}\n" for fault in known))
        (folder / "beat").write_bytes(bytes(8))
        ended = _one_child(reader, folder, left, seed, outcome)
        seed += 1_000_003
        if ended is not None:
            outcome.found.setdefault(ended, taken(folder / "current"))
        known |= outcome.found.keys()
        if len(outcome.found) > 50:
            break
    return outcome


def _one_child(
    reader: str, folder: Path, seconds: float, seed: int, outcome: Outcome
) -> str | None:
    """Run a child; why it did not end by itself, if so."""
    command = [sys.executable, "-m", "tests.torture.fuzzing", reader, str(folder)]
    said, complained = folder / "said", folder / "complained"
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TMPDIR": str(folder)}
    said.write_text("")
    with complained.open("w") as out:  # the libraries of sound say much
        process = subprocess.Popen(
            [*command, str(seconds), str(seed)], cwd=ROOT, env=environment, stdout=out, stderr=out
        )
        hung = _watch(process, lambda: struct.unpack("<q", (folder / "beat").read_bytes())[0])
    count = struct.unpack("<q", (folder / "beat").read_bytes())[0]
    for line in said.read_text().splitlines():
        news = json.loads(line)
        if "fault" in news:
            tree = {name: bytes.fromhex(content) for name, content in news["files"].items()}
            outcome.found.setdefault(news["fault"], tree)
    outcome.examples += count
    if hung:
        return f"takes over {MOST_SECONDS:.0f} s"
    if process.returncode:
        if count == 0:
            raise RuntimeError(complained.read_text(errors="replace")[-4000:])
        number = -process.returncode
        complaint = complained.read_text(errors="replace")[-200:].strip()
        name = signal.Signals(number).name if number > 0 else f"status {process.returncode}"
        return f"the process ends with {name}: {complaint}"
    return None


def _watch(process: subprocess.Popen, beat: Callable[[], int]) -> bool:
    """Wait for the end; whether it had to be ended for spending too long on one example."""
    last, spent, since = -1, 0.0, time.monotonic()
    while process.poll() is None:
        time.sleep(0.2)
        now = beat()
        if now != last:
            last, spent, since = now, _seconds_of(process.pid), time.monotonic()
            continue
        if last and (
            _seconds_of(process.pid) - spent > MOST_SECONDS
            or time.monotonic() - since > 12 * MOST_SECONDS
        ):
            process.kill()
            process.wait()
            return True
    return False


def _seconds_of(pid: int) -> float:
    """Processor time of a process: a machine that is busy makes nothing hang."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    child(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
