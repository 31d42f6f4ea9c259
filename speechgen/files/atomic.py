"""Atomic writing of files and folders: beside the target first, then renamed."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from speechgen.errors import OutputError
from speechgen.files.disk import refusal, sync_file, sync_folder
from speechgen.files.scratch import at_work_in, new_file, remove, scratch_folder, scratch_name
from speechgen.files.streams import can_be_opened, is_stream, passed_on

# How disks say that they cannot rename over what exists.
_NO_REPLACING = frozenset(
    {errno.EEXIST, errno.EPERM, errno.EACCES, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS}
)
_AT_HERE, _EXCHANGE = -100, 2  # of renameat2 (linux/fcntl.h, linux/fs.h)


@contextlib.contextmanager
def atomic_path(target: str | Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield a temporary path beside ``target``; rename it to ``target`` when the block succeeds.

    Before it takes its name the content is on the disk. On any exception, Ctrl-C included, the
    temporary file is removed and ``target`` is as it was. A pipe or device is given the content
    when the block succeeds.

    Parameters
    ----------
    target
        Where the file shall be in the end. Its folder is created.
    overwrite
        Whether an existing ``target`` may be replaced.

    Raises
    ------
    OutputError
        ``target`` exists and ``overwrite`` is false, or its folder cannot be written.
    """
    target = Path(target)
    with _refusals_of(target):
        if is_stream(target):
            with passed_on(target) as temporary:
                yield temporary
            return
        _refuse_what_exists(target, overwrite=overwrite)
        with _folder_made(target.parent), at_work_in(target.parent):
            temporary = new_file(target.parent, target.suffix)
            try:
                yield temporary
                sync_file(temporary)
                put_in_place(temporary, target)
            finally:
                remove(temporary)
        sync_folder(target.parent)


@contextlib.contextmanager
def atomic_folder(target: str | Path) -> Iterator[Path]:
    """Yield a new folder beside ``target`` that takes its place when the block succeeds.

    What stood there is removed then, and is as it was on any exception. Where the system can
    exchange two names in one step there is a whole ``target`` at any moment.

    Raises
    ------
    OutputError
        The disk refuses.
    """
    target = Path(os.path.realpath(target))  # of a link, what it points to
    with _refusals_of(target):
        with _folder_made(target.parent), scratch_folder(target.parent) as fresh:
            yield fresh
            for path in fresh.rglob("*"):
                if path.is_file():
                    sync_file(path)
            sync_folder(fresh)
            if not _exchange(fresh, target):
                put_in_place(fresh, target)
        sync_folder(target.parent)


def check_writable(target: str | Path) -> None:
    """Raise OutputError where ``target`` could not be written; nothing is left behind.

    For work that takes long: better now than at its end.
    """
    target = Path(target)
    with _refusals_of(target):
        if is_stream(target):
            if not can_be_opened(target):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            return
        target.exists()  # refuses names that are too long
        missing = missing_folders(target.parent)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            remove(new_file(target.parent, target.suffix))
        finally:
            remove_empty(missing)


@contextlib.contextmanager
def _folder_made(folder: Path) -> Iterator[None]:
    """Make ``folder`` where it is missing; where the block fails and it is empty, remove it."""
    missing = missing_folders(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        remove_empty(missing)
        raise


def missing_folders(folder: Path) -> list[Path]:
    """``folder`` and those above it that are not there, the innermost first."""
    return [path for path in (folder, *folder.parents) if not path.exists()]


def remove_empty(folders: list[Path]) -> None:
    """Remove those of ``folders`` that are empty, in this order."""
    for path in folders:
        with contextlib.suppress(OSError):
            path.rmdir()


@contextlib.contextmanager
def _refusals_of(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"{target}: cannot be written ({refusal(error)})") from error


def check_absent(target: str | Path, *, overwrite: bool) -> None:
    """Refuse (OutputError) to write what exists, unless ``overwrite`` or it is a pipe or device."""
    target = Path(target)
    with _refusals_of(target):
        if not is_stream(target):
            _refuse_what_exists(target, overwrite=overwrite)


def _refuse_what_exists(target: Path, *, overwrite: bool) -> None:
    if target.is_dir():
        raise OutputError(f"{target}: is a folder; give the name of a file to write")
    if target.exists():
        if not stat.S_ISREG(target.stat().st_mode):
            raise OutputError(f"{target}: is a disk or a socket; give the name of a file to write")
        if not overwrite:
            raise OutputError(f"{target}: exists already; use --overwrite to replace it")


def put_in_place(fresh: Path, target: Path) -> None:
    """Rename ``fresh`` to ``target``; where the disk renames over nothing, in two steps."""
    try:
        if not target.is_dir() or target.is_symlink():
            os.replace(fresh, target)
            return
    except OSError as error:
        if error.errno not in _NO_REPLACING or not target.exists():
            raise
    aside = scratch_name(target.parent).with_suffix(".old")
    os.rename(target, aside)
    try:
        os.rename(fresh, target)
    except BaseException:
        os.rename(aside, target)
        raise
    remove(aside)


def _exchange(fresh: Path, target: Path) -> bool:
    """Let ``fresh`` and ``target`` swap names in one step, if both are there and that can be."""
    import ctypes

    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    if rename is None or not target.is_dir() or target.is_symlink():
        return False
    names = os.fsencode(fresh), os.fsencode(target)
    return bool(rename(_AT_HERE, names[0], _AT_HERE, names[1], _EXCHANGE) == 0)
