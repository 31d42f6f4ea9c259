"""Temporary files and folders beside their targets, and removing what killed runs left of them.

Their names are short and tell nothing of the target, so that a target may have any name the disk
allows: ``.speechgen-HOST-RANDOM.part`` with the ending of the target. Whoever writes into a folder
holds a shared lock on it, and the first who gets it alone removes what is left there: on the same
machine all, of other machines what is a day old.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

_HOST = hashlib.sha256(os.fsencode(os.uname().nodename)).hexdigest()[:6]
_NAME = re.compile(r"\.speechgen-(?P<host>[0-9a-f]{6})-[0-9a-f]{12}\.part(\..*)?")
_LONGEST_ENDING = 16  # characters; a library may want to see the ending
_OLD_SECONDS = 86400.0
_ATTEMPTS, _PAUSE_SECONDS = 20, 0.005
_swept: set[str] = set()  # folders this process has looked through


def scratch_name(folder: Path, ending: str = "") -> Path:
    """A new name in ``folder`` for something temporary."""
    ending = ending if ending.isascii() and len(ending) <= _LONGEST_ENDING else ""
    return folder / f".speechgen-{_HOST}-{secrets.token_hex(6)}.part{ending}"


def new_file(folder: Path, ending: str = "") -> Path:
    """A new, empty temporary file in ``folder``, with the permissions of any other file."""
    path = scratch_name(folder, ending)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        os.close(handle)
    except OSError:  # a full disk behind a network may say so only here
        remove(path)
        raise
    return path


@contextlib.contextmanager
def scratch_folder(folder: Path) -> Iterator[Path]:
    """Yield a new folder inside ``folder``; whatever is in it at the end is removed."""
    with at_work_in(folder):
        path = scratch_name(folder)
        path.mkdir()
        try:
            yield path
        finally:
            remove(path)


@contextlib.contextmanager
def at_work_in(folder: Path) -> Iterator[None]:
    """Within the block nothing temporary in ``folder`` is removed by others."""
    handle = None
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if handle is not None:
            _sweep_once(folder, handle)
            _lock(handle)
        yield
    finally:
        if handle is not None:
            os.close(handle)


def remove(path: Path) -> None:
    """Remove a temporary file or folder, if it is there and can be removed."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return
    with contextlib.suppress(OSError):
        path.unlink()


def _lock(handle: int) -> None:
    """Share the folder; whoever looks through it meanwhile is done in no time."""
    for _ in range(_ATTEMPTS):
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE_SECONDS)
        except OSError:
            return  # a disk without locks: then nobody sweeps either
        else:
            return


def _sweep_once(folder: Path, handle: int) -> None:
    name = os.path.abspath(folder)
    if name in _swept:
        return
    with contextlib.suppress(OSError):  # someone is at work here: then nothing is removed
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _swept.add(name)
        for entry in os.scandir(folder):
            found = _NAME.fullmatch(entry.name)
            if found and (found["host"] == _HOST or _is_old(entry)):
                remove(Path(entry.path))


def _is_old(entry: os.DirEntry[str]) -> bool:
    return time.time() - entry.stat(follow_symlinks=False).st_mtime > _OLD_SECONDS
