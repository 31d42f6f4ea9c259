"""Pipes and devices take what is written, and stay what they are."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from speechgen.errors import OutputError
from speechgen.files import atomic_path, check_writable, is_stream, write_text


def python(code: str, **options) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", f"from speechgen.files import *; {code}"]
    return subprocess.run(command, capture_output=True, check=True, timeout=60, **options)


def test_a_named_pipe_gets_all_of_it_or_nothing(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.txt"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()), daemon=True)
    reader.start()
    with pytest.raises(KeyboardInterrupt), atomic_path(pipe) as temporary:
        temporary.write_bytes(b"half")
        raise KeyboardInterrupt
    write_text(pipe, "whole" * 100_000)
    reader.join(30)
    assert got == [b"whole" * 100_000]
    assert stat.S_ISFIFO(pipe.stat().st_mode) and os.listdir(tmp_path) == ["pipe.txt"]


def test_stdout_is_written_in_order_and_not_from_its_start(tmp_path: Path) -> None:
    code = "print('one'); write_text('/dev/stdout', 'two\\n'); print('three')"
    assert python(code).stdout == b"one\ntwo\nthree\n"
    with (tmp_path / "log").open("wb") as log:
        command = [sys.executable, "-c", f"from speechgen.files import *; {code}"]
        subprocess.run(command, stdout=log, check=True, timeout=60)
    assert (tmp_path / "log").read_bytes() == b"one\ntwo\nthree\n"


def test_what_the_shell_has_opened_is_written_to() -> None:
    reading, writing = os.pipe()
    python(f"write_text('/dev/fd/{writing}', 'through')", pass_fds=[writing])
    os.close(writing)
    with os.fdopen(reading) as pipe:
        assert pipe.read() == "through"


def test_the_null_device_stays_one() -> None:
    for overwrite in (False, True):
        check_writable("/dev/null")
        write_text("/dev/null", "nothing", overwrite=overwrite)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    assert is_stream("/dev/null") and not is_stream("/etc") and not is_stream("/no/such/file")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
def test_a_device_that_is_full_says_so() -> None:
    with pytest.raises(OutputError, match=r"/dev/full: cannot be written \(no space left"):
        write_text("/dev/full", "x" * 100_000)


def test_a_reader_that_has_gone_gives_one_line(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with pytest.raises(OutputError, match="has gone"):
        write_text(f"/dev/fd/{writing}", "x" * 100_000)
    os.close(writing)
