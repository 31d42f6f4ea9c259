"""Where the sound of a file stands: as it is, or in pieces under headers that tell the truth."""

from __future__ import annotations

import bisect
import itertools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Piece = bytes | tuple[int, int]  # bytes as they are, or those of the file from one place to another
Part = tuple[Piece, ...]


@dataclass(frozen=True)
class Layout:
    """What examining a file has found.

    Parameters
    ----------
    parts
        Recordings that follow each other, each in pieces of the file; empty where the file can be
        read as it stands.
    damage
        What is missing and where, as the rest of a sentence that begins with the file; empty for
        a file that is whole.
    note
        What is odd and yet no damage, in the same form.
    """

    parts: tuple[Part, ...] = ()
    damage: str = ""
    note: str = ""


class FileView:
    """Pieces of a file as a file of their own, for reading; what soundfile takes for a file.

    Parameters
    ----------
    path
        The file.
    part
        Its pieces, in order.
    """

    def __init__(self, path: Path, part: Part) -> None:
        self._handle = os.open(path, os.O_RDONLY)
        self._pieces = part
        sizes = (len(p) if isinstance(p, bytes) else p[1] - p[0] for p in part)
        self._ends = list(itertools.accumulate(sizes))
        self._place = 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place, as files do."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._ends[-1]}[whence]
        self._place = max(0, start + offset)
        return self._place

    def tell(self) -> int:
        """The place of the next byte."""
        return self._place

    def readinto(self, buffer: Any) -> int:
        """Fill ``buffer`` as far as there is something; how many bytes that were."""
        done = 0
        while done < len(buffer):
            data = self._next(len(buffer) - done)
            if not data:
                break
            buffer[done : done + len(data)] = data
            done += len(data)
        return done

    def read(self, count: int) -> bytes:
        """At most ``count`` bytes."""
        buffer = bytearray(count)
        return bytes(buffer[: self.readinto(buffer)])

    def close(self) -> None:
        """Let go of the file."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _next(self, count: int) -> bytes:
        """At most ``count`` bytes from the piece at the present place."""
        number = bisect.bisect_right(self._ends, self._place)
        if number == len(self._ends):
            return b""
        piece = self._pieces[number]
        inside = self._place - (self._ends[number - 1] if number else 0)
        count = min(count, self._ends[number] - self._place)
        if isinstance(piece, bytes):
            data = piece[inside : inside + count]
        else:
            data = os.pread(self._handle, count, piece[0] + inside)
        self._place += len(data)
        return data


def patched(start: int, stop: int, changes: dict[int, bytes]) -> Part:
    """The bytes from ``start`` to ``stop``, with others at the places that ``changes`` names."""
    pieces: list[Piece] = []
    for place, data in sorted(changes.items()):
        pieces += [(start, place), data]
        start = place + len(data)
    return (*pieces, (start, stop))
