"""Members of tar files: written alike every time, found by their headers, never extracted.

::

    header 512 | data ... | zeros up to 512 | header 512 | data ... | ... | zeros 1024

A member's bytes lie where its header says, so whoever knows the place reads them and nothing else.
"""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

from speechgen.errors import DataError

BLOCK = 512
LARGEST_MEMBER_BYTES = 1 << 30  # three hours of 16-bit speech at 48 kHz
_LARGEST_TABLE_BYTES = 1 << 16  # of long names
_REGULAR = (b"0", b"\0")
_TABLE, _COMMENT, _LONG_NAME = b"x", b"g", b"L"
_KINDS = {b"1": "a link", b"2": "a link", b"3": "a device", b"4": "a device", b"6": "a pipe"}


class Member(NamedTuple):
    """A file in a tar: its name, where its bytes begin, and how many there are."""

    name: str
    start: int
    size: int


def add_member(tar: BinaryIO, name: str, data: bytes) -> None:
    """Append a file to a tar; equal content gives equal bytes, for time and owner are left out."""
    head = tarfile.TarInfo(name)
    head.size, head.mode = len(data), 0o644
    tar.write(head.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict"))
    tar.write(data)
    tar.write(bytes(-len(data) % BLOCK))


def end_tar(tar: BinaryIO) -> None:
    """Write the two empty blocks that close a tar."""
    tar.write(bytes(2 * BLOCK))


def members_of(path: str | Path, place: str | None = None) -> Iterator[Member]:
    """The files in a tar, in its order, by headers alone.

    Parameters
    ----------
    place
        What the tar is called in messages; ``path``, unless that is a copy.

    Raises
    ------
    DataError
        It is no plain tar, is cut short, or has a member that is no file, lies outside of the
        folder it would be unpacked to, or is larger than 1 GiB.
    """
    path = Path(path)
    try:
        size = os.path.getsize(path)
        with path.open("rb") as tar:
            yield from _members(place or str(path), tar, size)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); check the name") from error


def _members(path: str, tar: BinaryIO, size: int) -> Iterator[Member]:
    place, name = 0, ""
    while True:
        tar.seek(place)
        block = tar.read(BLOCK)
        if len(block) == BLOCK and not any(block):
            return
        head = _head(path, place, block)
        start, place = place + BLOCK, place + BLOCK + head.size + -head.size % BLOCK
        _check_size(path, head, start, size)
        if head.type in (_TABLE, _LONG_NAME):
            name = _long_name(path, head, tar.read(head.size)) or name
            continue
        if head.type == _COMMENT or head.isdir():
            continue
        name = name or head.name
        _check_member(path, head, name)
        yield Member(name, start, head.size)
        name = ""


def _head(path: str, place: int, block: bytes) -> tarfile.TarInfo:
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError as error:
        if len(block) < BLOCK and (place or not block):
            raise _cut_short(path) from error
        what = f"is damaged at byte {place}" if place else "is no tar, or a packed one"
        raise DataError(f"{path}: {what}; copy it again, unpacked (.tar)") from error


def _check_size(path: str, head: tarfile.TarInfo, start: int, size: int) -> None:
    table = head.type in (_TABLE, _COMMENT, _LONG_NAME)
    if not 0 <= head.size <= (_LARGEST_TABLE_BYTES if table else LARGEST_MEMBER_BYTES):
        raise DataError(f"{path}: {head.name!r} says it has {head.size} bytes; refused")
    if start + head.size > size:
        raise _cut_short(path)


def _check_member(path: str, head: tarfile.TarInfo, name: str) -> None:
    if head.type not in _REGULAR or head.issparse():
        kind = _KINDS.get(head.type, "no plain file")
        raise DataError(f"{path}: {name!r} is {kind}; refused, shards hold files only")
    parts = PurePosixPath(name)
    if parts.is_absolute() or ".." in parts.parts or not parts.name or "\0" in name:
        raise DataError(f"{path}: {name!r} lies outside of its folder; refused")


def _long_name(path: str, head: tarfile.TarInfo, data: bytes) -> str:
    """The name that the next member has; of the tables of POSIX, everything else is ignored."""
    if head.type == _LONG_NAME:
        return data.rstrip(b"\0").decode("utf-8", "surrogateescape")
    rest, found = io.BytesIO(data), ""
    while digits := rest.read(1):
        while not digits.endswith(b" ") and (more := rest.read(1)):
            digits += more
        if not digits[:-1].isdigit() or int(digits) <= len(digits):
            raise DataError(f"{path}: has a damaged table of names; copy it again")
        key, _, value = rest.read(int(digits) - len(digits)).rstrip(b"\n").partition(b"=")
        if key in (b"size", b"GNU.sparse.major", b"GNU.sparse.map"):
            raise DataError(f"{path}: has a member of changed size; refused, pack it anew")
        if key == b"path":
            found = value.decode("utf-8", "surrogateescape")
    return found


def _cut_short(path: str) -> DataError:
    return DataError(f"{path}: is cut short; copy it again")
