"""Disks that are full, and disks that cannot do all that a disk does."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from speechgen.errors import OutputError
from speechgen.files import atomic_folder, atomic_path, check_writable, refusal, write_text


def refusing(number: int) -> Callable:
    def call(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return call


def test_what_does_not_fit_leaves_nothing(tmp_path: Path, small_files: None) -> None:
    write_text(tmp_path / "a", "old")
    with pytest.raises(OutputError, match="as large") as caught:
        write_text(tmp_path / "a", "x" * 40_000)
    assert len(str(caught.value).splitlines()) == 1
    with pytest.raises(OutputError, match="as large"), atomic_folder(tmp_path / "m") as folder:
        (folder / "a").write_text("x" * 40_000)
    for deep in (tmp_path / "new" / "deeper" / "a", tmp_path / "a" / "below a file"):
        with pytest.raises(OutputError):
            write_text(deep, "x" * 40_000)
    assert os.listdir(tmp_path) == ["a"] and (tmp_path / "a").read_text() == "old"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_errors_that_come_with_syncing_are_heard(tmp_path, monkeypatch, number) -> None:
    write_text(tmp_path / "a", "old")
    monkeypatch.setattr(os, "fsync", refusing(number))
    with pytest.raises(OutputError, match="disk"):
        write_text(tmp_path / "a", "new")
    assert os.listdir(tmp_path) == ["a"] and (tmp_path / "a").read_text() == "old"


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOSYS, errno.EPERM])
def test_disks_without_modes_locks_and_syncing_will_do(tmp_path, monkeypatch, number) -> None:
    import fcntl

    for module, name in (
        (os, "chmod"),
        (os, "fsync"),
        (os, "utime"),
        (os, "link"),
        (fcntl, "flock"),
    ):
        monkeypatch.setattr(module, name, refusing(number))
    for text in ("old", "new"):
        write_text(tmp_path / "a", text)
        with atomic_folder(tmp_path / "m") as folder:
            (folder / "a").write_text(text)
    check_writable(tmp_path / "b")
    assert (tmp_path / "a").read_text() == (tmp_path / "m" / "a").read_text() == "new"
    assert sorted(os.listdir(tmp_path)) == ["a", "m"]


@pytest.mark.parametrize("number", [errno.EEXIST, errno.EPERM, errno.EOPNOTSUPP])
def test_a_disk_that_renames_over_nothing(tmp_path, monkeypatch, number) -> None:
    def rename(source: Path, target: Path) -> None:
        if Path(target).exists():
            refusing(number)()
        really(source, target)

    really = os.rename
    monkeypatch.setattr(os, "replace", rename)
    write_text(tmp_path / "a", "old")
    write_text(tmp_path / "a", "new")
    assert (tmp_path / "a").read_text() == "new"
    monkeypatch.setattr(os, "rename", refuse_second(os.rename))
    with pytest.raises(OutputError):
        write_text(tmp_path / "a", "newer")
    assert os.listdir(tmp_path) == ["a"] and (tmp_path / "a").read_text() == "new"


def refuse_second(really: Callable) -> Callable:
    """Moves the old away, does not bring the new, and moves the old back."""
    calls = []

    def rename(source: Path, target: Path) -> None:
        calls.append(source)
        if len(calls) == 2:
            refusing(errno.EIO)()
        really(source, target)

    return rename


@pytest.mark.parametrize("exchanging", [True, False])
def test_a_folder_is_replaced_or_stays(tmp_path, monkeypatch, exchanging) -> None:
    if not exchanging:
        monkeypatch.setattr("speechgen.files.atomic._exchange", lambda *_: False)
    for text in ("old", "new"):
        with atomic_folder(tmp_path / "m") as folder:
            (folder / text).touch()
    assert os.listdir(tmp_path / "m") == ["new"] and os.listdir(tmp_path) == ["m"]
    with pytest.raises(KeyboardInterrupt), atomic_folder(tmp_path / "m"):
        raise KeyboardInterrupt
    if not exchanging:
        monkeypatch.setattr(os, "rename", refuse_second(os.rename))
        with pytest.raises(OutputError), atomic_folder(tmp_path / "m"):
            pass
    assert os.listdir(tmp_path / "m") == ["new"] and os.listdir(tmp_path) == ["m"]


def test_a_folder_behind_a_link_is_replaced_there(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    with atomic_folder(tmp_path / "link") as folder:
        (folder / "a").touch()
    assert (tmp_path / "link").is_symlink() and os.listdir(tmp_path / "real") == ["a"]


def test_reasons_are_words() -> None:
    assert "no space left" in refusal(OSError(errno.ENOSPC, "x"))
    assert "no space left" in refusal(OSError(errno.EDQUOT, "x"))
    assert "too long" in refusal(OSError(errno.ENAMETOOLONG, "x"))
    with pytest.raises(OutputError, match="name is too long"), atomic_path("x" * 256):
        pass
    with pytest.raises(OutputError, match="name is too long"):
        check_writable("x" * 256)


def test_many_files_are_waited_for_once(tmp_path, monkeypatch) -> None:
    from speechgen.files import synced_together

    calls: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda _: calls.append("one"))
    monkeypatch.setattr(os, "sync", lambda: calls.append("all"))
    with synced_together():
        for number in range(3):
            write_text(tmp_path / f"{number}", "text")
    assert calls == ["all"]
    write_text(tmp_path / "3", "text")
    assert calls == ["all", "one", "one"]
    with pytest.raises(KeyboardInterrupt), synced_together():
        raise KeyboardInterrupt
    assert len(calls) == 3
