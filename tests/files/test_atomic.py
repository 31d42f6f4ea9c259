"""Files appear as a whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from speechgen.errors import OutputError
from speechgen.files import atomic_path, write_text


def test_the_target_appears_only_when_the_block_ends(tmp_path: Path) -> None:
    target = tmp_path / "new folder" / "out.wav"
    with atomic_path(target) as temporary:
        temporary.write_bytes(b"half")
        assert not target.exists()
        assert temporary.parent == target.parent  # the rename stays within one file system
        assert temporary.suffix == ".wav"  # libraries choose formats by suffix
        temporary.write_bytes(b"whole")
    assert target.read_bytes() == b"whole"
    assert os.listdir(target.parent) == ["out.wav"]


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, RuntimeError, SystemExit])
def test_an_interrupted_write_leaves_everything_as_it_was(
    tmp_path: Path, interruption: type[BaseException]
) -> None:
    target = tmp_path / "out.txt"
    target.write_text("old")
    with pytest.raises(interruption), atomic_path(target, overwrite=True) as temporary:
        temporary.write_text("half")
        raise interruption
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["out.txt"]


def test_existing_targets_and_folders_are_refused(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    target.write_text("old")
    with pytest.raises(OutputError, match="--overwrite"), atomic_path(target):
        pass
    with pytest.raises(OutputError, match="is a folder"), atomic_path(tmp_path, overwrite=True):
        pass
    assert target.read_text() == "old"


def test_a_folder_that_is_a_file_gives_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written") as caught:
        write_text(tmp_path / "file" / "out.txt", "text")
    assert len(str(caught.value).splitlines()) == 1


def test_new_files_have_the_permissions_of_any_other_file(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    write_text(tmp_path / "atomic", "")
    modes = {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("plain", "atomic")}
    assert modes["plain"] == modes["atomic"]


def test_a_place_is_tried_without_leaving_anything(tmp_path):
    from speechgen.files import check_writable

    check_writable(tmp_path / "new" / "deeper" / "out.wav")
    check_writable(tmp_path / "out.wav")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("in the way")
    for place in (tmp_path / "file" / "out.wav", "/proc/nowhere/out.wav"):
        with pytest.raises(OutputError, match="cannot be written"):
            check_writable(place)
    assert (tmp_path / "file").read_text() == "in the way"
