"""Metadata of FLAC files that stays true of a sound when its samples change (RFC 9639).

libsndfile keeps ten kinds of comment. Where a file has more, its comments, pictures, cue sheet and
application blocks are carried over; gains that were measured (ReplayGain) are not.
"""

from __future__ import annotations

import shutil
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from speechgen.files import put_in_place

_STREAM, _APPLICATION, _COMMENT, _CUE_SHEET, _PICTURE = 0, 2, 4, 5, 6
_KEPT = (_APPLICATION, _COMMENT, _CUE_SHEET, _PICTURE)
_MEASURED = (b"REPLAYGAIN_", b"R128_")
# What libsndfile keeps as it is (it adds its own name to SOFTWARE).
_PLAIN = frozenset(
    b"TITLE COPYRIGHT ARTIST COMMENT DATE ALBUM LICENSE TRACKNUMBER GENRE".split(b" ")
)
_MOST = 1 << 12  # blocks of a file
_LAST = 0x80


@dataclass(frozen=True)
class FlacBlocks:
    """Types and contents of what is carried from one file to another."""

    kept: tuple[tuple[int, bytes], ...]
    hold_texts = True

    @property
    def num_bytes(self) -> int:
        """How much longer they make a file."""
        return sum(4 + len(body) for _, body in self.kept)

    def fit(self, container: str) -> bool:
        """Whether a file of this kind, in libsndfile's words, takes them."""
        return container == "FLAC"

    def add_to(self, path: Path) -> None:
        """Put them into a finished file in place of its own, which is copied for that."""
        larger = path.with_name(f"{path.name}.new")
        try:
            with path.open("rb") as old, larger.open("wb") as new:
                blocks = list(_walk(old))
                stream = next(body for kind, body in blocks if kind == _STREAM)
                frames = old.tell()
                everything = [(_STREAM, stream), *self.kept]
                new.write(b"fLaC")
                for number, (kind, body) in enumerate(everything, 1):
                    last = _LAST if number == len(everything) else 0
                    new.write(struct.pack(">I", (last | kind) << 24 | len(body)) + body)
                old.seek(frames)
                shutil.copyfileobj(old, new, 1 << 20)
            put_in_place(larger, path)
        finally:
            larger.unlink(missing_ok=True)


def read_blocks(file: BinaryIO) -> FlacBlocks | None:
    """What is to be kept of a FLAC file beyond what libsndfile keeps; None if nothing."""
    kept, more = [], False
    for kind, body in _walk(file):
        if kind not in _KEPT:
            continue
        if kind == _COMMENT:
            vendor, comments = _unpacked(body)
            comments = [text for text in comments if not text.upper().startswith(_MEASURED)]
            names = [text.partition(b"=")[0].upper() for text in comments]
            more |= len(set(names)) < len(names) or not set(names) <= _PLAIN
            body = _packed(vendor, comments)
        else:
            more = True
        kept.append((kind, body))
    return FlacBlocks(tuple(kept)) if more else None


def _walk(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Type and content of each block; at the end ``file`` is where the frames begin."""
    file.seek(0)
    if file.read(4) != b"fLaC":
        return
    for _ in range(_MOST):
        head = file.read(4)
        if len(head) < 4:
            return
        length = int.from_bytes(head[1:], "big")
        body = file.read(length)
        if len(body) < length:
            return
        yield head[0] & ~_LAST, body
        if head[0] & _LAST:
            return


def _unpacked(body: bytes) -> tuple[bytes, list[bytes]]:
    """The name of the encoder and the comments of a block, as far as it is sound."""
    vendor, position = _text_at(body, 0)
    comments = []
    position += 4  # their number
    while position + 4 <= len(body):
        text, position = _text_at(body, position)
        comments.append(text)
    return vendor, [text for text in comments if b"=" in text]


def _text_at(body: bytes, position: int) -> tuple[bytes, int]:
    """The text with its length before it that stands at ``position``, and where it ends."""
    begin = position + 4
    end = begin + int.from_bytes(body[position:begin], "little")
    return body[begin:end], end


def _packed(vendor: bytes, comments: list[bytes]) -> bytes:
    count = struct.pack("<I", len(comments))
    return _sized(vendor) + count + b"".join(map(_sized, comments))


def _sized(text: bytes) -> bytes:
    return struct.pack("<I", len(text)) + text
