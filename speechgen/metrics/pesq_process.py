"""PESQ's C library in a process of its own: when it crashes, nothing but its answer is lost.

One process serves all calls of this one. It is started by the first call, and anew after a crash.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np

_PROGRAM = (
    "import runpy, sys; sys.path = {path!r}; runpy.run_path({program!r}, run_name='__main__')"
)


class PesqProcess:
    """The process and the way to ask it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def score(self, clean: np.ndarray, estimate: np.ndarray) -> float:
        """Wide-band PESQ of a pair (time,), float32 at 16 kHz and in [-1, 1].

        Raises
        ------
        ValueError
            There is none; the message says what the library said, or that it crashed.
        """
        with self._lock:
            try:
                answer = self._ask(clean, estimate)
            except BaseException:  # interrupted: the answer that is still to come is nobody's
                self._discard()
                raise
        if "error" in answer:
            raise ValueError(f"PESQ: {answer['error']}")
        if not np.isfinite(answer["score"]):
            raise ValueError("PESQ: the signals give no number")
        return float(answer["score"])

    def _ask(self, clean: np.ndarray, estimate: np.ndarray) -> dict[str, Any]:
        process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        line = b""
        with contextlib.suppress(BrokenPipeError):  # it died: its status says how
            process.stdin.write(np.int64(len(clean)).tobytes())
            for wave in (clean, estimate):
                process.stdin.write(np.ascontiguousarray(wave, np.float32).data)
            process.stdin.flush()
            line = process.stdout.readline()
        if line.endswith(b"\n"):
            return json.loads(line)
        return {"error": f"its library crashed ({self._discard()})"}

    def _start(self) -> subprocess.Popen[bytes]:
        program = str(Path(__file__).with_name("pesq_server.py"))
        code = _PROGRAM.format(path=sys.path, program=program)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", code],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
                start_new_session=True,  # Ctrl-C is for us; it ends when its input does
            )
        except OSError as error:
            raise ValueError(f"PESQ: its process does not start: {error}") from error
        return self._process

    def _discard(self) -> str:
        """End the process, if there is one; how it ended."""
        process, self._process = self._process, None
        if process is None:
            return "it did not start"
        pipes: tuple[Any, ...] = (process.stdin, process.stdout)
        for pipe in pipes:
            with contextlib.suppress(OSError):
                pipe.close()
        try:
            status = process.wait(1.0)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
        return signal.Signals(-status).name if status < 0 else f"status {status}"

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._discard()

    def forget(self) -> None:
        """In a copy of this process (after a fork): the one that serves belongs to the original."""
        self._lock = threading.Lock()
        process, self._process = self._process, None
        if process is None:
            return
        process.returncode = 0  # not a child of this one: nothing to wait for
        pipes: tuple[Any, ...] = (process.stdin, process.stdout)
        for pipe in pipes:
            pipe.raw.close()  # past the buffer: what may be in it is not ours to send


the_process = PesqProcess()
atexit.register(the_process.close)
os.register_at_fork(after_in_child=the_process.forget)
