"""Tars that are damaged or mean ill are refused in one line, and nothing leaves them."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from speechgen.data.shards.index_files import index_folder
from speechgen.data.shards.tar_headers import LARGEST_MEMBER_BYTES, add_member, end_tar, members_of
from speechgen.errors import DataError


def packed(path: Path, *members: tuple[str, bytes, dict[str, object]], form: int) -> Path:
    with tarfile.open(path, "w", format=form) as tar:
        for name, data, changes in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            for key, value in changes.items():
                setattr(info, key, value)
            tar.addfile(info, io.BytesIO(data))
    return path


HOSTILE: dict[str, tuple[str, dict[str, object], str]] = {
    "above": ("../a.flac", {}, "lies outside"),
    "far above": ("x/../../a.flac", {}, "lies outside"),
    "absolute": ("/etc/a.flac", {}, "lies outside"),
    "symlink": ("a.flac", {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}, "is a link"),
    "hard link": ("a.flac", {"type": tarfile.LNKTYPE, "linkname": "b"}, "is a link"),
    "device": ("a.flac", {"type": tarfile.CHRTYPE}, "is a device"),
    "pipe": ("a.flac", {"type": tarfile.FIFOTYPE}, "is a pipe"),
    "sparse": ("a.flac", {"type": tarfile.GNUTYPE_SPARSE}, "no plain file"),
    "size of its own": ("a.flac", {"pax_headers": {"size": "5"}}, "changed size"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_members_are_refused(case: str, tmp_path: Path) -> None:
    name, changes, message = HOSTILE[case]
    inside = tmp_path / "in"
    inside.mkdir()
    packed(inside / "x.tar", (name, b"1234", changes), form=tarfile.PAX_FORMAT)
    with pytest.raises(DataError, match=message) as refusal:
        index_folder(inside)
    assert "\n" not in str(refusal.value) and "x.tar" in str(refusal.value)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["x.tar"]


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_places_are_those_of_the_standard_library(form: int, tmp_path: Path) -> None:
    long = "ä" * 90 if form != tarfile.USTAR_FORMAT else "b"
    path = packed(
        tmp_path / "x.tar",
        ("folder", b"", {"type": tarfile.DIRTYPE}),
        ("folder/a.flac", b"1" * 700, {}),
        (f"{long}.json", b"{}", {}),
        ("empty.txt", b"", {}),
        form=form,
    )  # fmt: skip
    with tarfile.open(path) as tar:
        expected = [(one.name, one.offset_data, one.size) for one in tar if one.isreg()]
    assert [tuple(member) for member in members_of(path)] == expected


def small(path: Path) -> bytes:
    with path.open("wb") as tar:
        add_member(tar, "a.flac", b"x" * 700)
        add_member(tar, "a.json", b"{}")
        end_tar(tar)
    return path.read_bytes()


def _huge(data: bytes) -> bytes:
    head = tarfile.TarInfo("a.flac")
    head.size = LARGEST_MEMBER_BYTES + 1
    return head.tobuf(tarfile.GNU_FORMAT) + data[512:]


def _negative(data: bytes) -> bytes:
    head = bytearray(tarfile.TarInfo("a.flac").tobuf(tarfile.GNU_FORMAT))
    head[124:136] = b"\xff" * 12
    head[148:156] = b"        "
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head) + data[512:]


def _bomb_of_names(data: bytes) -> bytes:
    head = tarfile.TarInfo("x")
    head.type, head.size = tarfile.XHDTYPE, 1 << 29
    return head.tobuf(tarfile.USTAR_FORMAT) + data


BROKEN: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "in data": (lambda data: data[:900], "cut short"),
    "in a head": (lambda data: data[: 512 + 1024 + 100], "cut short"),
    "at its end": (lambda data: data[:-1024], "cut short"),
    "nothing": (lambda data: b"", "cut short"),
    "flipped": (lambda data: data[:1600] + b"\x07" + data[1601:], "damaged at byte 1536"),
    "packed": (gzip.compress, "no tar, or a packed one"),
    "huge": (_huge, "says it has 1073741825 bytes"),
    "negative": (_negative, "bytes; refused"),
    "names": (_bomb_of_names, "says it has 536870912 bytes"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_tars_are_refused(case: str, tmp_path: Path) -> None:
    change, message = BROKEN[case]
    path = tmp_path / "x.tar"
    data = small(path)
    assert [member.name for member in members_of(path)] == ["a.flac", "a.json"]
    path.write_bytes(change(data))
    with pytest.raises(DataError, match=message) as refusal:
        list(members_of(path))
    assert "\n" not in str(refusal.value) and "x.tar" in str(refusal.value)


def test_missing_tar_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        list(members_of(tmp_path / "none.tar"))
