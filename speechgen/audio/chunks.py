"""Chunks of WAV and AIFF files that stay true of a sound when its samples change.

libsndfile keeps ten kinds of text, as UTF-8. Here the chunks themselves are carried over, byte by
byte: texts in any encoding, broadcast and production metadata (bext, iXML), marks and loops, and
which loudspeaker each channel is meant for. They are put behind the samples, where both formats
allow them.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_KEPT = {
    "<": frozenset((
        b"bext", b"iXML", b"axml", b"chna", b"cart", b"cue ", b"plst", b"smpl", b"inst", b"acid",
        b"id3 ", b"ID3 ", b"_PMX", b"DISP",
    )),
    ">": frozenset((
        b"NAME", b"AUTH", b"(c) ", b"ANNO", b"COMT", b"MARK", b"INST", b"ID3 ", b"APPL", b"AESD",
    )),
}  # fmt: skip
_KEPT_LISTS = (b"INFO", b"adtl")
_TEXTS = frozenset((b"NAME", b"AUTH", b"(c) ", b"ANNO", b"COMT", b"APPL"))
_CONTAINERS = {"<": ("WAV", "WAVEX", "RF64"), ">": ("AIFF",)}
_LARGEST, _MOST = 1 << 24, 1 << 12  # bytes of a chunk that is kept; chunks of a file
_EXTENSIBLE, _MASK_AT = 0xFFFE, 20  # WAVE_FORMAT_EXTENSIBLE and its dwChannelMask
_LOUDNESS = slice(412, 422)  # of a bext chunk, from its version 2 on: EBU Tech 3285
_UNKNOWN_LOUDNESS = struct.pack("<5h", *[0x7FFF] * 5)


@dataclass(frozen=True)
class Chunks:
    """What is carried from one file to another.

    Parameters
    ----------
    order
        ``<`` of WAV and RF64, ``>`` of AIFF.
    kept
        Names and contents.
    channel_mask
        Loudspeaker positions of a WAV that states them.
    """

    order: str
    kept: tuple[tuple[bytes, bytes], ...]
    channel_mask: int | None = None

    @property
    def num_bytes(self) -> int:
        """How much longer they make a file."""
        return sum(8 + len(body) + len(body) % 2 for _, body in self.kept)

    @property
    def hold_texts(self) -> bool:
        """Whether title, artist and the like are among them."""
        return any(name in _TEXTS or body[:4] == b"INFO" for name, body in self.kept)

    def fit(self, container: str) -> bool:
        """Whether a file of this kind, in libsndfile's words, takes them."""
        return container in _CONTAINERS[self.order]

    def add_to(self, path: Path) -> None:
        """Put them into a finished file without such chunks."""
        with path.open("r+b") as file:
            places = {name: position for name, position, _ in _walk(file)}
            self._set_mask(file, places.get(b"fmt "))
            end = file.seek(0, os.SEEK_END)
            file.write(b"\0" * (end % 2))
            for name, body in self.kept:
                file.write(name + struct.pack(f"{self.order}I", len(body)) + body)
                file.write(b"\0" * (len(body) % 2))
            size = file.tell() - 8
            if b"ds64" in places:
                file.seek(places[b"ds64"])
                file.write(struct.pack("<Q", size))
            else:
                file.seek(4)
                file.write(struct.pack(f"{self.order}I", size))

    def _set_mask(self, file: BinaryIO, position: int | None) -> None:
        if self.channel_mask is None or position is None:
            return
        file.seek(position)
        if struct.unpack("<H", file.read(2))[0] == _EXTENSIBLE:
            file.seek(position + _MASK_AT)
            file.write(struct.pack("<I", self.channel_mask))


def read_chunks(file: BinaryIO, head: bytes) -> Chunks | None:
    """What is to be kept of a WAV, RF64 or AIFF file that begins with ``head``; None if nothing."""
    order = "<" if head[:4] in (b"RIFF", b"RF64") else ">"
    kept: list[tuple[bytes, bytes]] = []
    mask = None
    for name, position, length in _walk(file):
        if name == b"fmt " and order == "<":
            mask = _mask(file, position, length)
        if length > _LARGEST or len(kept) >= _MOST:
            continue
        file.seek(position)
        if name in _KEPT[order]:
            kept.append((name, _still_true(name, file.read(length))))
        elif name == b"LIST" and order == "<" and file.read(4) in _KEPT_LISTS:
            file.seek(position)
            kept.append((name, file.read(length)))
    return Chunks(order, tuple(kept), mask) if kept or mask is not None else None


def _walk(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Name, position and length of the content of each chunk that is whole."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    order = ">" if file.read(4) == b"FORM" else "<"
    position, long_data = 12, None
    while position + 8 <= size:
        file.seek(position)
        name, length = struct.unpack(f"{order}4sI", file.read(8))
        position += 8
        if name == b"data" and length in (0, 0xFFFFFFFF):  # longer than can be said, or unknown
            if long_data is None:
                return
            length = long_data
        if position + length > size:
            return
        if name == b"ds64" and length >= 16:
            long_data = struct.unpack("<8xQ", file.read(16))[0]
        yield name, position, length
        position += length + length % 2


def _mask(file: BinaryIO, position: int, length: int) -> int | None:
    file.seek(position)
    body = file.read(length)[: _MASK_AT + 4]
    if len(body) < _MASK_AT + 4 or struct.unpack_from("<H", body)[0] != _EXTENSIBLE:
        return None
    return int(struct.unpack_from("<I", body, _MASK_AT)[0])


def _still_true(name: bytes, body: bytes) -> bytes:
    """A chunk without what was measured of the old samples."""
    if name != b"bext" or len(body) < _LOUDNESS.stop or struct.unpack_from("<H", body, 346)[0] < 2:
        return body
    return body[: _LOUDNESS.start] + _UNKNOWN_LOUDNESS + body[_LOUDNESS.stop :]
