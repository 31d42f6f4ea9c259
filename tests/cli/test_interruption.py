"""A run that is stopped leaves no output and no temporary file; a long one little memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile


def _write_long(path: Path, seconds: float, rate: int = 48000) -> Path:
    """Stereo noise under a slow swell, written in pieces of ten seconds."""
    random = np.random.default_rng(0)
    path.parent.mkdir(exist_ok=True)
    with soundfile.SoundFile(path, "w", rate, 2, subtype="PCM_16") as file:
        left = round(seconds * rate)
        while left:
            count = min(left, 10 * rate)
            swell = 0.1 + 0.05 * np.sin(2 * np.pi * np.arange(count) / rate)
            noise = random.standard_normal((count, 2)).astype(np.float32)
            file.write(noise * swell[:, None].astype(np.float32))
            left -= count
    return path


def _wait_for_temporary(folder: Path, process: subprocess.Popen, bytes_written: int) -> None:
    """Return when ``process`` has written so many bytes to a file in ``folder``."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        assert process.poll() is None, "it ended before it could be stopped"
        if any(path.stat().st_size > bytes_written for path in folder.iterdir()):
            return
        time.sleep(0.01)
    pytest.fail("nothing was written within five minutes")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_stopped_midway_it_leaves_nothing(spawn, tiny, tmp_path, number):
    source = _write_long(tmp_path / "long.wav", 120)
    output = tmp_path / "out"
    output.mkdir()
    process = spawn(
        "enhance", source, "--output", output / "long.wav", "--model", tiny["segan"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    _wait_for_temporary(output, process, 1000)
    process.send_signal(number)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 128 + number
    assert "Traceback" not in err
    assert list(output.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_stopped_midway_several_processes_leave_nothing_and_nobody(spawn, tiny, tmp_path, number):
    for name in "abc":
        _write_long(tmp_path / "in" / f"{name}.wav", 120)
    output = tmp_path / "out"
    output.mkdir()
    process = spawn(
        "enhance", tmp_path / "in", "--output", output, "--model", tiny["segan"], "--jobs", 2,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    _wait_for_temporary(output, process, 100_000)
    if number == signal.SIGINT:  # as a terminal does: to all of them
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    _, err = process.communicate(timeout=120)  # ends when nobody holds the pipes any more
    assert process.returncode == 128 + number
    assert err == ""
    assert [path.name for path in output.iterdir()] == [".speechgen-enhance.jsonl"]


STARTED = """
from speechgen.cli import main
print("begins", flush=True)
main()
"""


@pytest.mark.parametrize("delay", [0.0, 0.03, 0.06, 0.1, 0.2, 0.4, 0.8])
def test_stopped_while_it_starts_it_is_quiet(tiny, tmp_path, delay):
    source = _write_long(tmp_path / "long.wav", 120)
    words = ["enhance", source, "--output", tmp_path / "out.wav", "--model", tiny["segan"]]
    process = subprocess.Popen(
        [sys.executable, "-c", STARTED, *map(str, words)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    process.stdout.readline()
    time.sleep(delay)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert err == ""
    assert process.returncode == 130


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="sees processes in /proc")
@pytest.mark.parametrize("delay", [0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5])
def test_stopped_while_its_processes_start_it_is_quiet(spawn, tiny, tmp_path, delay):
    for name in "abc":
        _write_long(tmp_path / "in" / f"{name}.wav", 30)
    output = tmp_path / "out"
    output.mkdir()
    process = spawn(
        "enhance", tmp_path / "in", "--output", output, "--model", tiny["segan"], "--jobs", 2,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while not children.read_text():
        time.sleep(0.001)
    time.sleep(delay)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert err == ""
    assert process.returncode == 130
    assert {path.name for path in output.iterdir()} <= {".speechgen-enhance.jsonl"}


def test_a_closed_pipe_is_no_error(spawn):
    read_end, write_end = os.pipe()
    process = spawn("models", stdout=write_end, stderr=subprocess.PIPE, text=True)
    os.close(write_end)
    os.close(read_end)
    _, err = process.communicate(timeout=120)
    assert err == ""


@pytest.mark.slow
def test_an_hour_of_stereo_stays_small(spawn, tiny, tmp_path):
    """One hour at 48 kHz, two channels: under 1.5 GiB resident, and the same kind of file."""
    source, target = _write_long(tmp_path / "hour.wav", 3600), tmp_path / "out.wav"
    process = spawn("enhance", source, "--output", target, "--model", tiny["identity"])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    assert usage.ru_maxrss * 1024 < 1.5 * 2**30
    before, after = soundfile.info(source), soundfile.info(target)
    for fact in ("samplerate", "channels", "frames", "format", "subtype"):
        assert getattr(after, fact) == getattr(before, fact)
