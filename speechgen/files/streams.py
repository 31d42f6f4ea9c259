"""Outputs that are no files: pipes, devices, and what the shell has opened for this process.

``/dev/stdout``, ``>(program)`` (the shell writes ``/dev/fd/63``), named pipes and ``/dev/null`` can
be written to, but nothing can be renamed to them: that would put a file in place of the device.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_OPENED = re.compile(r"/(?:dev|proc/self)/fd/(\d+)")
_STANDARD = {"/dev/stdout": 1, "/dev/stderr": 2}


def is_stream(path: str | Path) -> bool:
    """Whether ``path`` is a pipe, a device of characters or a file this process was given open."""
    if _descriptor(path) is not None:
        return True
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


@contextlib.contextmanager
def passed_on(stream: Path) -> Iterator[Path]:
    """Yield a temporary path; what was written there goes to ``stream`` when the block succeeds.

    So whoever reads it gets all or nothing, and headers that are written last stand first. Raises
    OSError where the temporary folder or the stream refuses.
    """
    with tempfile.TemporaryDirectory(prefix="speechgen-") as folder:
        temporary = Path(folder, "out")
        temporary.touch()
        yield temporary
        with temporary.open("rb") as source, _opened(stream) as sink:
            shutil.copyfileobj(source, sink, 1 << 20)


def can_be_opened(stream: Path) -> bool:
    """Whether ``stream`` takes what is written to it, without opening it."""
    return _descriptor(stream) is not None or os.access(stream, os.W_OK)


def _opened(stream: Path) -> BinaryIO:
    number = _descriptor(stream)
    if number is None:
        return stream.open("wb")
    for text in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            text.flush()
    return os.fdopen(os.dup(number), "wb")


def _descriptor(path: str | Path) -> int | None:
    """The number of the open file that ``path`` stands for, if it stands for one."""
    found = _OPENED.fullmatch(str(path))
    return int(found[1]) if found else _STANDARD.get(str(path))
