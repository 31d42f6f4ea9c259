"""Unpacking tar archives that are not trusted: files and folders only, inside, not too many."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from speechgen.errors import DataError
from speechgen.progress import track


def extract_tar(file: Path, folder: Path, check: Callable[[int, int], None]) -> None:
    """Unpack a tar, packed with gzip, bzip2 or xz or not, member by member, into ``folder``.

    Parameters
    ----------
    check
        Gets the bytes and the number of all members up to the next one, before it is unpacked;
        raises where they are too many.

    Raises
    ------
    DataError
        A member is no file or folder, or lies outside of ``folder``.
    """
    size = 0
    with tarfile.open(file) as archive:
        for number, member in enumerate(track(archive, f"unpacking {file.name}"), 1):
            path = PurePosixPath(member.name)
            if path.is_absolute() or ".." in path.parts:
                raise DataError(
                    f"{file}: wants to write outside its folder ({member.name}); refused"
                )
            if not (member.isreg() or member.isdir()):
                raise DataError(f"{file}: {member.name} is a link or device; refused")
            size += member.size
            check(size, number)
            archive.extract(member, folder, filter="data")
