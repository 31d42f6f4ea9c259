"""Where recordings in a FLAC file begin, and where frames belong, to go on behind damage."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import BinaryIO

from speechgen.audio.layout import Layout

_BEGINNING = b"fLaC\0\0\0\x22"  # and the head of the block that always comes first
_WINDOW = 1 << 20
_LONGEST = 16  # bytes of a head, its checksum included
_FIXED, _VARIABLE = b"\xff\xf8", b"\xff\xf9"


def examine_flac(file: BinaryIO, start: int, size: int) -> Layout:
    """Find the recordings that were joined into one file; libsndfile reads the first."""
    begins, place, kept = [], start, b""
    file.seek(start)
    while data := file.read(_WINDOW):
        window, origin = kept + data, place - len(kept)
        found = window.find(_BEGINNING)
        while found >= 0:
            begins.append(origin + found)
            found = window.find(_BEGINNING, found + 1)
        kept = window[-len(_BEGINNING) + 1 :]
        place += len(data)
    if len(begins) < 2:
        return Layout()
    ends = [*begins[1:], size]
    return Layout(tuple(((begin, end),) for begin, end in zip(begins, ends, strict=True)))


@functools.lru_cache(8)
def frame_starts(path: Path, size: int, changed_ns: int) -> tuple[int, ...]:
    """First samples of all frames with a sound head, in order.

    ``size`` and ``changed_ns`` are those of the file, of which one state is remembered.
    """
    found: list[tuple[int, int, bool]] = []
    with path.open("rb") as file:
        kept = b""
        while data := file.read(_WINDOW):
            window = kept + data
            for sync in (_FIXED, _VARIABLE):
                place = window.find(sync)
                while place >= 0:
                    head = _head(window[place : place + _LONGEST])
                    if head is not None:
                        found.append((*head, sync == _FIXED))
                    place = window.find(sync, place + 1)
            kept = window[-_LONGEST + 1 :]
    block = max((length for _, length, _ in found), default=0)
    return tuple(sorted({number * block if fixed else number for number, _, fixed in found}))


def _head(data: bytes) -> tuple[int, int] | None:
    """Number of a frame, or of its first sample, and its length in samples; None if it is none."""
    if len(data) < 6 or data[3] & 1:
        return None
    code, rate = data[2] >> 4, data[2] & 15
    lead = data[4]
    more = 0 if lead < 0x80 else 8 - (lead ^ 0xFF).bit_length() - 1
    number = lead if more == 0 else lead & (0x3F >> more)
    for byte in data[5 : 5 + more]:
        number = number << 6 | byte & 0x3F
    place = 5 + more
    length_bytes = {6: 1, 7: 2}.get(code, 0)
    end = place + length_bytes + {12: 1, 13: 2, 14: 2}.get(rate, 0)
    if code == 0 or rate == 15 or end >= len(data) or _checksum(data[:end]) != data[end]:
        return None
    if length_bytes:
        return number, int.from_bytes(data[place : place + length_bytes], "big") + 1
    if code == 1:
        return number, 192
    return number, 576 << (code - 2) if code < 6 else 256 << (code - 8)


def _checksum(data: bytes) -> int:
    """CRC-8 with the polynomial x^8 + x^2 + x + 1."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value << 1 ^ (0x107 if value & 0x80 else 0)
    return value
