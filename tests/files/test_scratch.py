"""What killed runs left is removed by the next; what is in use is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from speechgen.files import atomic_folder, atomic_path, write_text

WRITING = """
import os, sys
from speechgen.files import atomic_path, atomic_folder
with atomic_path(sys.argv[1] + "/a.wav") as a, atomic_folder(sys.argv[1] + "/model") as model:
    a.write_text("half")
    (model / "b").write_text("half")
    print("begun", flush=True)
    sys.stdin.read()
    os.kill(os.getpid(), 9)
"""
LATER = "import sys; from speechgen.files import *; write_text(sys.argv[1] + '/c.txt', '')"


def begin(folder: Path) -> subprocess.Popen:
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", WRITING, str(folder)]
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe)
    assert process.stdout and process.stdout.readline() == b"begun\n"
    return process


def later(folder: Path) -> list[str]:
    subprocess.run([sys.executable, "-c", LATER, str(folder)], check=True, timeout=60)
    return sorted(os.listdir(folder))


def test_leftovers_go_when_nobody_is_at_work(tmp_path: Path) -> None:
    mine = tmp_path / ".a.12345678.part.wav"
    mine.write_text("named by someone else")
    first, second = begin(tmp_path), begin(tmp_path)
    first.communicate(b"")
    assert len(later(tmp_path)) == 1 + 4 + 1  # the second might own any of the four
    second.communicate(b"")
    assert later(tmp_path) == [mine.name, "c.txt"]


def test_leftovers_of_other_machines_go_when_they_are_old(tmp_path: Path) -> None:
    new, old = (tmp_path / f".speechgen-ffffff-00000000000{i}.part.wav" for i in range(2))
    for path in (new, old):
        path.touch()
    os.utime(old, (0, 0))
    assert later(tmp_path) == [new.name, "c.txt"]


def test_targets_may_have_any_name_the_disk_takes(tmp_path: Path) -> None:
    names = [
        "x" * 255,
        "x" * 251 + ".wav",
        "x." + "y" * 253,
        "会" * 85,
        "a" + "é" * 127,
        "-",
        ".wav",
    ]
    for name in names:
        write_text(tmp_path / name, name)
        with atomic_path(tmp_path / name, overwrite=True) as one:
            one.write_text("one")
    assert sorted(os.listdir(tmp_path)) == sorted(names)
    with atomic_folder(tmp_path / "folder" / ("m" * 255)) as folder:
        (folder / "a").touch()
    assert os.listdir(tmp_path / "folder") == ["m" * 255]
