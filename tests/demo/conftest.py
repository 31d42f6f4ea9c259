"""A demo that runs, and speech to give it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import speechgen
from speechgen.audio import write


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a demo that takes eleven minutes of sound and 40 MB."""
    pytest.importorskip("gradio", reason="the extra demo is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("demo")
    words = ["demo", "--port", str(port), "--max-minutes", "11", "--max-megabytes", "40"]
    environment = {**os.environ, "TMPDIR": str(folder), "OMP_NUM_THREADS": "1"}
    log = (folder / "log").open("wb")
    server = subprocess.Popen(
        [sys.executable, "-m", "speechgen", *words], env=environment, stdout=log, stderr=log
    )
    limit = time.monotonic() + 120
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            assert server.poll() is None and time.monotonic() < limit, (folder / "log").read_text()
            time.sleep(0.2)
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    server.wait(30)
    log.close()
    assert not list(folder.glob("speechgen-demo-*")), "files of visitors were left behind"


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence that the text model says, with noise."""
    wave = speechgen.say("A boat on the water.", voice="slt")[:32000]
    noise = 0.01 * np.random.default_rng(0).standard_normal(len(wave)).astype(np.float32)
    path = tmp_path_factory.mktemp("speech") / "my speech.wav"
    write(path, wave + noise, 16000)
    return path
