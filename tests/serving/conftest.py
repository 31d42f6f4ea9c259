"""Servers on free ports, in this process and in one of their own; skipped where the extra lacks."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests

NEEDED = (
    "fastapi", "multipart", "uvicorn", "websockets", "prometheus_client", "gruut", "soundfile",
)  # fmt: skip
MISSING = [name for name in NEEDED if not importlib.util.find_spec(name)]
TEXT = "Hello, world! It is half past three."
TOKEN = "a-token-for-tests"
PATIENCE = 60.0


@dataclass(frozen=True)
class Served:
    """A server in this process: where it is, and what its requests share."""

    url: str
    state: Any

    def post(self, path: str, **given: Any) -> requests.Response:
        return requests.post(self.url + path, timeout=PATIENCE, **given)

    def get(self, path: str, **given: Any) -> requests.Response:
        return requests.get(self.url + path, timeout=PATIENCE, **given)

    def head(self, path: str, **given: Any) -> requests.Response:
        return requests.head(self.url + path, timeout=PATIENCE, **given)

    def say(self, text: str = TEXT, **more: Any) -> requests.Response:
        body = {"model": "tts-1", "input": text, "voice": "slt", **more}
        return self.post("/v1/audio/speech", json=body)

    @property
    def live(self) -> str:
        return self.url.replace("http", "ws") + "/v1/audio/live"


@contextlib.contextmanager
def serving(**settings: Any) -> Iterator[Served]:
    """A server with these settings."""
    skip_without_extra()
    import uvicorn

    from speechgen.serving.application import make_application, make_state
    from speechgen.serving.running import listening
    from speechgen.serving.settings import Settings

    state = make_state(Settings(port=0, device="cpu", **settings))
    listener = listening("127.0.0.1", 0)
    port = listener.getsockname()[1]
    config = uvicorn.Config(
        make_application(state), log_config=None, access_log=False, timeout_graceful_shutdown=20
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    wait_for(lambda: server.started)
    yield Served(f"http://127.0.0.1:{port}", state)
    server.should_exit = True
    thread.join(PATIENCE)
    assert not thread.is_alive(), standing()


def standing() -> str:
    """Where every thread of this process stands."""
    stacks = sys._current_frames()
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    return "\n".join(
        f"{names.get(ident)}:\n{''.join(traceback.format_stack(frame))}"
        for ident, frame in stacks.items()
    )


def skip_without_extra() -> None:
    """Skip what cannot be run."""
    if MISSING:
        pytest.skip(f"the extra 'serve' is not installed: {', '.join(MISSING)}")


def wait_for(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.01)


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    """A server as it is without options."""
    with serving(workers=2) as server:
        yield server


@pytest.fixture(scope="session")
def strict() -> Iterator[Served]:
    """A server with a token and small limits."""
    with serving(
        token=TOKEN, max_bytes=200_000, max_seconds=1.0, max_text=100, queue=2, streams=1, workers=1
    ) as server:
        yield server


@pytest.fixture
def key() -> dict[str, str]:
    """The head that lets one in."""
    return {"authorization": f"Bearer {TOKEN}"}


@dataclass
class Program:
    """``speechgen serve`` in a process of its own."""

    process: subprocess.Popen
    url: str
    log: Path

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """Starts one: ``program("--queue", 4)``, ready when it comes back."""
    skip_without_extra()
    started: list[Program] = []

    def start(*options: object) -> Program:
        log = tmp_path / f"log{len(started)}"
        command = [sys.executable, "-m", "speechgen", "serve", *map(str, options)]
        if "--port" not in options:
            command += ["--port", "0"]
        with log.open("wb") as file:
            process = subprocess.Popen(
                command, stderr=file, env={**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200"}
            )
        one = Program(process, "", log)
        started.append(one)
        wait_for(lambda: "serving on" in log.read_text() or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        one.url = log.read_text().partition("serving on ")[2].partition(";")[0].split(" ")[0]
        return one

    yield start
    for one in started:
        one.kill()


@pytest.fixture(scope="session")
def speaker() -> Any:
    """Who says what the tests compare with."""
    from speechgen.synthesis.speaking import Speakers

    return Speakers(device="cpu").of("slt")


@pytest.fixture(scope="session")
def wave() -> np.ndarray:
    """Something like speech in noise, (channel, time) at 16 kHz."""
    random = np.random.default_rng(0)
    time_ = np.arange(20_000) / 16000
    buzz = sum(np.sin(2 * np.pi * 130 * n * time_) / n for n in range(1, 20))
    gate = np.clip(np.sin(2 * np.pi * 3 * time_), 0, 1)
    both = np.stack([0.2 * buzz * gate, 0.1 * buzz * gate])
    return (both + 0.03 * random.standard_normal(both.shape)).astype(np.float32)


def as_file(wave: np.ndarray, rate: int = 16000, form: str = "WAV", subtype: str = "PCM_16"):
    """(channel, time) as the bytes of a sound file."""
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, wave.T, rate, format=form, subtype=subtype)
    return file.getvalue()


def decoded(data: bytes, folder: Path) -> tuple[np.ndarray, int]:
    """The samples of a sound file, (channel, time), and their rate."""
    from speechgen.audio import read

    path = folder / "answer.sound"
    path.write_bytes(data)
    return read(path)
