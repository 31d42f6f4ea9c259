"""Locks on files that die with their process."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

from speechgen.errors import OutputError
from speechgen.files.disk import refusal


def open_locked(path: Path, output: Path) -> tuple[int, bool]:
    """Open ``path``, which is made, and lock it; its descriptor, and whether another has the lock.

    A disk without locks locks nothing, and nobody else has it.

    Raises
    ------
    OutputError
        It cannot be written, and with it ``output``, what the user knows of.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise OutputError(f"{output}: cannot be written ({refusal(error)})") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return handle, error.errno in (errno.EWOULDBLOCK, errno.EACCES)
    return handle, False
