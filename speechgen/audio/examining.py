"""What kind of file it is, by its first bytes, and whether all of its sound is there."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import BinaryIO

from speechgen.audio.flac_frames import examine_flac
from speechgen.audio.layout import Layout
from speechgen.audio.mpeg_frames import examine_mpeg, parse
from speechgen.audio.ogg_pages import examine_ogg
from speechgen.audio.stated_sizes import (
    examine_au,
    examine_avr,
    examine_caf,
    examine_iff,
    examine_nist,
    examine_riff,
    examine_sds,
    examine_voc,
    examine_w64,
)

_MPEG_ENDINGS = (".mp3", ".mp2", ".mp1", ".mpga")
_BASIC = {
    b"riff": examine_w64, b".snd": examine_au, b"dns.": examine_au, b"caff": examine_caf,
    b"NIST": examine_nist, b"Crea": examine_voc, b"2BIT": examine_avr,
}  # fmt: skip


def examine(path: Path) -> Layout:
    """Look at heads and sizes, not at the samples.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    facts = os.stat(path)
    return _examine(path, facts.st_size, facts.st_mtime_ns)


@functools.lru_cache(256)
def _examine(path: Path, size: int, _: int) -> Layout:
    with path.open("rb") as file:
        return _examine_open(file, size, path.suffix.lower() in _MPEG_ENDINGS)


def _examine_open(file: BinaryIO, size: int, is_mpeg: bool) -> Layout:
    base = _id3_bytes(file, size)
    file.seek(base)
    magic = file.read(12)
    if magic[:4] in (b"RIFF", b"RIFX", b"RF64", b"BW64") and magic[8:] == b"WAVE":
        layout, inside = examine_riff(file, base, size)
        if inside is None:
            return layout
        found = examine_mpeg(file, *inside)
        return Layout(found.parts, layout.damage or found.damage)
    if magic[:4] == b"FORM" and magic[8:] in (b"AIFF", b"AIFC", b"8SVX", b"16SV"):
        return examine_iff(file, base, size)
    if magic[:4] == b"OggS":
        return examine_ogg(file, base, size)
    if magic[:4] == b"fLaC":
        return examine_flac(file, base, size)
    if magic[:4] in _BASIC and not base:
        return _BASIC[magic[:4]](file, size)
    if magic[:2] == b"\xf0\x7e" and magic[3] == 1:
        return examine_sds(file, size)
    if is_mpeg or parse(int.from_bytes(magic[:4], "big")) or base:
        return examine_mpeg(file, base, size, *([((0, base),)] if base else []))
    return Layout()


def _id3_bytes(file: BinaryIO, size: int) -> int:
    """Bytes of the ID3 tags at the beginning."""
    place = 0
    while place + 10 <= size:
        file.seek(place)
        head = file.read(10)
        if head[:3] != b"ID3" or max(head[6:10]) > 127:
            break
        length = functools.reduce(lambda high, low: high << 7 | low, head[6:10])
        place += 10 + length + (10 if head[5] & 0x10 else 0)
    return place if place < size else 0
