"""What disks refuse, in words, and bringing files onto them for good.

Shares and mounted stores leave out much of what a local disk does: permissions, syncing, renaming
over what exists. Where the content is safe without it, its absence is passed over.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

_AGAIN = "make room and run the same command again"
_REASONS = {
    errno.ENOSPC: f"no space left on this disk; {_AGAIN}",
    errno.EDQUOT: f"no space left in your quota on this disk; {_AGAIN}",
    errno.EFBIG: "no file may be as large here; choose another disk or raise ulimit -f",
    errno.EIO: "the disk reports an error of its own; choose another disk",
    errno.EROFS: "this disk can only be read; choose another output",
    errno.ENAMETOOLONG: "its name is too long for this disk; choose a shorter one",
    errno.EPIPE: "the program that read it has gone",
}
_SERIOUS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


def refusal(error: OSError) -> str:
    """Why a disk refused, in words for the end of a line: ``no space left on this disk; ...``."""
    return _REASONS.get(error.errno or 0, f"{error.strerror or error}; choose another output")


_together = 0  # how many blocks of synced_together this process is in


@contextlib.contextmanager
def synced_together() -> Iterator[None]:
    """Within the block no single file is waited for; at its end all of them are on the disk.

    For many small files that are of use only together.
    """
    global _together
    _together += 1
    try:
        yield
    finally:
        _together -= 1
    os.sync()


def size_and_time(path: str | Path) -> list[int]:
    """Size of a file in bytes and time of its last change in ns, which tell it from a changed one.

    Raises OSError where there is none.
    """
    facts = os.stat(path)
    return [facts.st_size, facts.st_mtime_ns]


def file_sha256(path: str | Path) -> str:
    """SHA-256 of a file's content, in hexadecimal; raises OSError where it cannot be read."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def name_fits(path: Path) -> bool:
    """Whether the disk that ``path`` would lie on takes a name as long as its last part."""
    folder = path.parent
    while not os.path.isdir(folder) and folder != folder.parent:
        folder = folder.parent
    try:
        longest = os.pathconf(folder, "PC_NAME_MAX")
    except (OSError, ValueError):
        longest = 255
    return len(os.fsencode(path.name)) <= longest


def sync_file(path: Path) -> None:
    """Wait until the content of ``path`` is on the disk.

    Raises
    ------
    OSError
        The disk is full or broken. One that cannot sync at all is let pass.
    """
    if _together:
        return
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno in _SERIOUS:
            raise
    finally:
        os.close(handle)


def sync_folder(path: Path) -> None:
    """Wait until the names in the folder ``path`` are on the disk, where that can be asked for."""
    if _together:
        return
    with contextlib.suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def open_to_readers(path: Path) -> None:
    """Give ``path`` the default permissions of new files, where the disk keeps permissions."""
    mask = os.umask(0)
    os.umask(mask)
    with contextlib.suppress(OSError):
        os.chmod(path, 0o666 & ~mask)


def why_refused(path: Path) -> str | None:
    """The reason why a library could not write to ``path``: found by writing some more to it.

    None where the disk takes that.
    """
    try:
        with path.open("ab") as file:
            file.write(bytes(1 << 16))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return refusal(error)
    return None
