"""One training at a time in a run folder, by a lock that dies with its process."""

from __future__ import annotations

import contextlib
import os
import platform
from collections.abc import Iterator
from pathlib import Path

from speechgen.errors import OutputError
from speechgen.files import missing_folders, remove_empty
from speechgen.files.locking import open_locked
from speechgen.training.loop import processes

LOCK = ".lock"
_held: set[int] = set()


@contextlib.contextmanager
def only_run(folder: Path) -> Iterator[None]:
    """Hold ``folder``, which is made, for this run; folders that stay empty are removed.

    The processes of one run share it: the first holds it for all. Where a disk has no locks, runs
    go on without.

    Raises
    ------
    OutputError
        Another run is at work in it, or it cannot be written.
    """
    if not processes.is_first():
        yield
        return
    made = missing_folders(folder)
    handle = None
    try:
        handle = _locked(folder)
        yield
    finally:
        if handle is not None:
            (folder / LOCK).unlink(missing_ok=True)  # while it is ours
            _held.discard(handle)
            os.close(handle)
        remove_empty(made)


def _locked(folder: Path) -> int:
    path = folder / LOCK
    while True:
        handle, taken = open_locked(path, folder)
        if taken:
            who = os.pread(handle, 200, 0).decode("utf-8", "replace").strip()
            os.close(handle)
            raise OutputError(
                f"{folder}: another run is at work in it ({who or 'it has just begun'}); "
                "wait for it or choose another output"
            )
        with contextlib.suppress(OSError):
            if os.path.samestat(os.fstat(handle), os.stat(path)):
                os.ftruncate(handle, 0)
                os.pwrite(handle, f"process {os.getpid()} on {platform.node()}\n".encode(), 0)
                _held.add(handle)
                return handle
        os.close(handle)  # the run before has just ended and taken its lock away


def _let_go() -> None:
    """Workers that a run forks do not hold its folder when it is gone."""
    for handle in _held:
        os.close(handle)
    _held.clear()


os.register_at_fork(after_in_child=_let_go)
