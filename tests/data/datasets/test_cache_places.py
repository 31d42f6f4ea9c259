"""Data that cannot be written to is read all the same, and nothing is left beside it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from speechgen.data import AudioBank, load_data_directory, prepare_tree, validate


@pytest.fixture
def data(tmp_path: Path, make_sound) -> Path:
    for name in ("a/1", "a/2", "b/1"):
        make_sound(tmp_path / "disk" / "corpus" / f"{name}.wav")
    prepare_tree(tmp_path / "disk" / "corpus", tmp_path / "disk" / "data")
    return tmp_path / "disk" / "data"


@pytest.fixture
def read_only(data: Path) -> Iterator[Path]:
    """The folder as on a disk that can only be read, where the system lets us mount one."""
    folder = str(data.parent)
    mount = shutil.which("mount")
    if mount is None or subprocess.run([mount, "--bind", folder, folder], check=False).returncode:
        pytest.skip("no rights to mount a disk")
    try:
        subprocess.run([mount, "-o", "remount,bind,ro", folder], check=True)
        yield data
    finally:
        subprocess.run(["umount", folder], check=True)


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def expect_elsewhere(data: Path, tmp_path: Path, monkeypatch, caplog) -> None:
    before = files(data.parent)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    caplog.clear()
    bank = AudioBank(data, 16000)
    assert bank.cache_dir == tmp_path / "cache" / "speechgen"
    again = AudioBank(data, 16000)
    np.testing.assert_array_equal(again.wave(1), bank.wave(1))
    assert [str(data) in record.message for record in caplog.records] == [True]  # once
    assert files(data.parent) == before
    monkeypatch.setenv("XDG_CACHE_HOME", str(data / "wav.scp"))  # no folder either
    assert AudioBank(data, 16000).cache_dir.name.startswith("speechgen-")


def test_decoded_sound_is_kept_elsewhere(data, tmp_path, monkeypatch, caplog) -> None:
    assert AudioBank(data, 16000).cache_dir == data / ".cache"
    shutil.rmtree(data / ".cache")
    (data / ".cache").write_text("in the way")
    expect_elsewhere(data, tmp_path, monkeypatch, caplog)


def test_a_disk_that_can_only_be_read(read_only, tmp_path, monkeypatch, caplog) -> None:
    assert validate(read_only, read_headers=True) == []
    prepare_tree(read_only.parent / "corpus", tmp_path / "mine")
    assert load_data_directory(tmp_path / "mine").ids == load_data_directory(read_only).ids
    expect_elsewhere(read_only, tmp_path, monkeypatch, caplog)
