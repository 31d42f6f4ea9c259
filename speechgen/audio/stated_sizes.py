"""The sizes that headers state, against what is there: WAV, RF64, W64, AIFF, AU, CAF and others.

libsndfile takes a file that is shorter than its header says without a word, refuses some such, and
takes a size of 0 at its word. A writer that cannot go back to note the size (a pipe, a recorder
that was switched off) leaves 0, all ones, the largest signed number or a round number below it:
such sound goes on to the end of the file.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from speechgen.audio.layout import Layout, patched

_SLACK = 256  # bytes by which programs stay below the largest size, for headers and whole frames
_ROUND_SIZES = (0x7F000000, 0x7FFFF000, 0x7FFFFFFF, 0x80000000, 0xFFFFF000, 0xFFFFFFFF)
_LARGEST_32 = 0xFFFFFFFF
_LARGEST_64 = 1 << 62
_W64_DATA = b"data" + bytes.fromhex("f3acd3118cd100c04f8edb8a")
_MOST_CHUNKS = 10_000
_MPEG_IN_WAV = 0x55


def is_open_ended(size: int) -> bool:
    """Whether a 32-bit size is one of those that are written where the size is not known."""
    return size == 0 or any(top - _SLACK <= size <= top for top in _ROUND_SIZES)


def examine_riff(file: BinaryIO, base: int, size: int) -> tuple[Layout, tuple[int, int] | None]:
    """WAV, also RF64, BW64 and big-endian; with it where the bytes of an MPEG stream in it are."""
    file.seek(base)
    kind = file.read(12)[:4]
    order = ">" if kind == b"RIFX" else "<"
    long_size, ds64, code, place, length = 0, 0, 0, 0, 0
    for name, size_of, start in _chunks(file, base + 12, size, f"{order}4sI"):
        if name == b"ds64":
            long_size, ds64 = struct.unpack("<8xQ", _body(file, start, 16))[0], start
        elif name == b"fmt ":
            code = struct.unpack(f"{order}H", _body(file, start, 2))[0]
        elif name == b"data":
            place, length = start, size_of
            break
    if not place:
        return Layout(), None
    known = 0 < long_size < _LARGEST_64
    there = size - place
    changes = {base: b"RF64"} if kind == b"BW64" else {}
    stated = length
    if length == _LARGEST_32 and known:
        stated = long_size
    elif is_open_ended(length) and not _is_empty(file, place, size, length):
        stated = there
    elif 0 < length < there and (there - length) >> 32:  # a size that ran over 32 bits
        stated = length + ((there - length) >> 32 << 32)
    inside = (place, place + min(stated, there)) if code == _MPEG_IN_WAV else None
    damage = _cut(stated - there)
    if ds64 and length == _LARGEST_32 and not known:
        changes[ds64] = struct.pack("<2Q", size - base - 8, there)
        return Layout((patched(base, size, changes),)), inside
    if stated in (length, long_size) or (stated == there <= length):
        return Layout((patched(base, size, changes),) if changes else (), damage), inside
    if stated <= _LARGEST_32 and order == "<":
        changes[place - 4] = struct.pack("<I", stated)
        return Layout((patched(base, size, changes),), damage), inside
    if order == ">":
        changes[place - 4] = struct.pack(">I", min(stated, _LARGEST_32))
        return Layout((patched(base, size, changes),), damage), inside
    sizes = struct.pack("<4sIQQQI", b"ds64", 28, size - base + 28, stated, 0, 0)
    head = b"RF64" + b"\xff" * 4 + b"WAVE" + sizes
    rest = patched(base + 12, size, {place - 4: b"\xff" * 4})
    return Layout(((head, *rest),), damage), inside


def examine_w64(file: BinaryIO, size: int) -> Layout:
    """Sony's Wave64: chunks with 16 bytes of name and a size of 64 bits that counts the head."""
    for name, length, place in _chunks(file, 40, size, "<16sQ", align=8, counts_head=True):
        if name == _W64_DATA:
            known = 0 < length < _LARGEST_64
            return Layout(damage=_cut(place + length - size) if known else "")
    return Layout()


def examine_iff(file: BinaryIO, base: int, size: int) -> Layout:
    """AIFF, AIFF-C, 8SVX and 16SV."""
    for name, length, place in _chunks(file, base + 12, size, ">4sI"):
        if name in (b"SSND", b"BODY"):
            there = min(size - place, _LARGEST_32)
            unknown = is_open_ended(length) or (name == b"SSND" and is_open_ended(length - 8))
            if unknown and length < there:
                return Layout((patched(0, size, {place - 4: struct.pack(">I", there)}),))
            return Layout(damage="" if unknown else _cut(length - there))
    return Layout()


def examine_au(file: BinaryIO, size: int) -> Layout:
    """Sun's and NeXT's AU: start and size of the sound at the beginning."""
    file.seek(0)
    order = ">" if file.read(4) == b".snd" else "<"
    start, length = struct.unpack(f"{order}2I", _body(file, 4, 8))
    return Layout(damage="" if is_open_ended(length) else _cut(start + length - size))


def examine_caf(file: BinaryIO, size: int) -> Layout:
    """Apple's CAF. libsndfile wants the true size, so it gets one where the header has none."""
    for name, length, place in _chunks(file, 8, size, ">4sQ", align=1):
        if name == b"data":
            there = size - place
            if 0 < length <= there:
                return Layout()
            damage = "" if length in (0, (1 << 64) - 1) else _cut(length - there)
            return Layout((patched(0, size, {place - 8: struct.pack(">Q", there)}),), damage)
    return Layout()


def examine_avr(file: BinaryIO, size: int) -> Layout:
    """Audio Visual Research's AVR: the number of frames in a head of 128 bytes."""
    stereo, bits = struct.unpack(">2H", _body(file, 12, 4))
    frames = struct.unpack(">I", _body(file, 26, 4))[0]
    length = frames * (bits // 8) * (2 if stereo else 1)
    return Layout(damage="" if is_open_ended(frames) else _cut(128 + length - size))


def examine_sds(file: BinaryIO, size: int) -> Layout:
    """MIDI sample dumps: packets of 127 bytes; libsndfile makes silence of missing ones."""
    head = _body(file, 0, 21)
    bits, words = head[6], head[10] | head[11] << 7 | head[12] << 14
    packets = -(-words * max(2, -(-bits // 7)) // 120)
    return Layout(damage=_cut(21 + 127 * packets - size))


def examine_nist(file: BinaryIO, size: int) -> Layout:
    """NIST SPHERE: a text that states the number of samples, then the samples."""
    file.seek(0)
    lines = file.read(min(size, 1 << 14)).decode("ascii", "replace").split("\n")
    facts = {words[0]: words[2] for words in map(str.split, lines) if len(words) > 2}
    try:
        start = int(lines[1])
        width = int(facts["channel_count"]) * int(facts.get("sample_n_bytes", 2))
        length = int(facts["sample_count"]) * width
    except (KeyError, ValueError, IndexError):
        return Layout()
    if length <= 0 or "shorten" in facts.get("sample_coding", ""):
        return Layout()
    return Layout(damage=_cut(start + length - size))


def examine_voc(file: BinaryIO, size: int) -> Layout:
    """Creative's VOC: blocks with sizes of 24 bits, and a byte of 0 at the end."""
    file.seek(20)
    place = struct.unpack("<H", _body(file, 20, 2))[0]
    for _ in range(_MOST_CHUNKS):
        head = _body(file, place, 4)
        if not head[0] or place >= size:
            return Layout()
        length = int.from_bytes(head[1:4], "little")
        there = size - place - 4
        if length > there:
            whole = patched(0, size, {place + 1: (there & 0xFFFFFF).to_bytes(3, "little")})
            return Layout(((*whole, b"\0"),), _cut(length - there))
        place += 4 + length
    return Layout()


def _chunks(
    file: BinaryIO, place: int, size: int, head: str, *, align: int = 2, counts_head: bool = False
) -> Iterator[tuple[bytes, int, int]]:
    """Name, size and place of the content of each chunk, in turn."""
    width = struct.calcsize(head)
    for _ in range(_MOST_CHUNKS):
        if place + width > size:
            return
        name, length = struct.unpack(head, _body(file, place, width))
        length = max(0, length - width) if counts_head else length
        yield name, length, place + width
        place += width + length + -length % align


def _is_empty(file: BinaryIO, place: int, size: int, length: int) -> bool:
    """Whether other chunks follow a chunk of no samples, neatly up to the end."""
    if length or place == size:
        return not length
    for _, length, start in _chunks(file, place, size, "<4sI"):
        place = start + length + length % 2
    return place in (size, size + 1)


def _body(file: BinaryIO, place: int, count: int) -> bytes:
    """``count`` bytes at ``place``; zeros where the file has none."""
    file.seek(place)
    return file.read(count).ljust(count, b"\0")


def _cut(missing: int) -> str:
    if missing <= 0:
        return ""
    return f"is cut short, {missing} bytes of its samples are missing at the end"
