"""Commands of speechgen in processes of their own: started warm, tortured, killed, compared."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 300.0
_CLOCK = re.compile(rb'"wall_seconds": [0-9.]+')
LASTING = (".speechgen-enhance.jsonl",)  # hidden files that are meant to stay


@dataclass
class Running:
    """A command at work, and what it said when it has ended."""

    pid: int
    out: Path
    err: Path
    began: float
    ended: threading.Event = field(default_factory=threading.Event)
    status: int = 0
    seconds: float = 0.0

    def kill(self, *, alone: bool = False) -> None:
        """SIGKILL: to its whole process group, or to the first process alone."""
        with contextlib.suppress(ProcessLookupError):
            (os.kill if alone else os.killpg)(self.pid, signal.SIGKILL)

    def bury(self) -> None:
        """End what a process that was killed alone has left behind."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def wait(self, seconds: float = PATIENCE_SECONDS) -> Running:
        """Until it has ended."""
        if not self.ended.wait(seconds):
            self.kill()
            raise AssertionError(f"no end after {seconds} s: {self.said}")
        return self

    @property
    def said(self) -> str:
        """What it wrote to stdout and stderr."""
        return self.out.read_text(errors="replace") + self.complaint

    @property
    def complaint(self) -> str:
        """What it wrote to stderr."""
        return self.err.read_text(errors="replace")


class Warm:
    """Starts commands from a process that has imported everything, in milliseconds each."""

    def __init__(self, folder: Path, disk: Path | None = None) -> None:
        self.folder, self.count = folder, 0
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200", "TERM": "dumb"}
        environment["PYTHONPATH"] = str(ROOT)
        if disk is not None:
            environment["LD_PRELOAD"] = str(disk)
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("warm.py"))],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT,
        )  # fmt: skip
        self._running: dict[int, Running] = {}
        self._pids: dict[int, int] = {}
        self._news = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()

    def start(self, *arguments: object, **environment: str) -> Running:
        """``speechgen ARGUMENTS`` under further variables of the environment."""
        number, self.count = self.count, self.count + 1
        out, err = self.folder / f"{number}.out", self.folder / f"{number}.err"
        out.touch()
        err.touch()
        command = {
            "arguments": [str(argument) for argument in arguments],
            "environment": environment, "folder": str(self.folder),
            "out": str(out), "err": str(err),
        }  # fmt: skip
        assert self._process.stdin is not None
        with self._news:
            running = self._running[number] = Running(0, out, err, time.perf_counter())
            self._process.stdin.write(json.dumps(command).encode() + b"\n")
            self._process.stdin.flush()
            begun = self._news.wait_for(lambda: number in self._pids, PATIENCE_SECONDS)
            assert begun, "it could not be started"
            running.pid = self._pids[number]
        return running

    def run(self, *arguments: object, **environment: str) -> Running:
        """:meth:`start`, and wait for its end."""
        return self.start(*arguments, **environment).wait()

    def close(self) -> None:
        """Let the warm process end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            news: dict[str, Any] = json.loads(line)
            with self._news:
                number = news["number"]
                if "pid" in news:
                    self._pids[number] = news["pid"]
                    self._running[number].began = time.perf_counter()
                else:
                    running = self._running.pop(number)
                    running.status = news["status"]
                    running.seconds = time.perf_counter() - running.began
                    running.ended.set()
                self._news.notify_all()


class BrokenDisk:
    """The preloaded library of ``broken_disk.c`` and what it is told."""

    def __init__(self, folder: Path) -> None:
        self.library, self._counter = folder / "broken_disk.so", folder / "calls"
        source = Path(__file__).with_name("broken_disk.c")
        subprocess.run(
            ["gcc", "-O1", "-shared", "-fPIC", "-o", str(self.library), str(source), "-ldl"],
            check=True,
        )

    def at_call(self, number: int | None, folder: Path, *, kill: bool = False) -> dict[str, str]:
        """Environment under which calls below ``folder`` fail from ``number`` on; None counts."""
        self._counter.write_bytes(bytes(8))
        return {
            "TORTURE_FOLDER": str(folder.resolve()),
            "TORTURE_COUNTER": str(self._counter),
            "TORTURE_CALL": str(number or 1 << 40),
            "TORTURE_MODE": "kill" if kill else "full",
        }

    @property
    def calls(self) -> int:
        """How many calls were counted since :meth:`at_call`."""
        return int(struct.unpack("<q", self._counter.read_bytes())[0])


def contents(folder: Path) -> dict[str, bytes]:
    """The files below ``folder`` by their relative names; its own name and times are left out."""
    own = bytes(folder)
    return {
        name: _CLOCK.sub(b'"wall_seconds": 0', content.replace(own, b"OUT"))
        for name, content in _contents(folder)
    }


def _contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def is_temporary(name: str) -> bool:
    """Whether a relative name is one of those that are given while something is written."""
    parts = Path(name).parts
    return any(part.startswith(".") for part in parts) and parts[-1] not in LASTING
