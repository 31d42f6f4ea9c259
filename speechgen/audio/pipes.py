"""Sound from pipes with names of files (FIFOs, ``<(...)``, /dev/stdin): copied, to be sought."""

from __future__ import annotations

import contextlib
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from speechgen.errors import AudioError


def is_pipe(path: Path) -> bool:
    """Whether ``path`` is a pipe, which can be read once and only forwards."""
    try:
        return stat.S_ISFIFO(path.stat().st_mode)
    except OSError:
        return False


@contextlib.contextmanager
def copied(path: Path) -> Iterator[Path]:
    """A temporary file with all that comes out of the pipe ``path``.

    Raises
    ------
    AudioError
        It cannot be read, or there is no room for it.
    """
    with tempfile.NamedTemporaryFile(prefix="speechgen-", suffix=path.suffix) as copy:
        try:
            with path.open("rb") as source:
                shutil.copyfileobj(source, copy, 1 << 20)
            copy.flush()
        except OSError as error:
            raise AudioError(
                f"{path}: cannot be copied from the pipe ({error.strerror})"
            ) from error
        yield Path(copy.name)


@contextlib.contextmanager
def copies(paths: Iterable[Path]) -> Iterator[dict[Path, Path]]:
    """Copies of those of ``paths`` that are pipes, by their names."""
    with contextlib.ExitStack() as stack:
        yield {path: stack.enter_context(copied(path)) for path in paths if is_pipe(path)}
