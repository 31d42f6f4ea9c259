"""The pages of an Ogg file: where recordings that were joined begin, and whether pages are missing.

A file may hold several logical streams one after another (RFC 3533, "chaining"), as recorded web
radio does; libsndfile reads the first. What follows damage becomes a recording of its own, with the
heads of the one that it belongs to.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

from speechgen.audio.layout import Layout

_HEAD = struct.Struct("<4sBBqIIIB")  # capture, version, flags, granule, serial, number, crc, count
_CRC_PLACE = 22
_FIRST, _LAST = 2, 4  # flags
_WINDOW = 1 << 16
_REVERSED = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))


class _Page(NamedTuple):
    flags: int
    granule: int
    serial: int
    number: int
    end: int


@dataclass
class _Link:
    """One recording: its pieces of the file, and what its pages say."""

    pieces: list[tuple[int, int]]
    expected: dict[int, int] = field(default_factory=dict)  # number of the next page, by serial
    has_ended: bool = False
    has_sound: bool = False  # pages after the first ones
    head: tuple[int, int] = (0, 0)
    is_under_way: bool = False  # pages after the heads; a receiver may begin anywhere behind those

    def add(self, place: int, page: _Page) -> None:
        """Take the page at ``place``."""
        if page.granule > 0 and not self.is_under_way:
            self.is_under_way, self.head = True, self.pieces[0]
        self.expected[page.serial] = page.number + 1
        self.has_sound = self.has_sound or not page.flags & _FIRST
        self.has_ended = self.has_ended or bool(page.flags & _LAST)
        self.pieces[-1] = (self.pieces[-1][0], page.end)

    def lacks(self, page: _Page) -> bool:
        """Whether pages are missing before ``page``."""
        return self.is_under_way and page.number != self.expected.get(page.serial, page.number)


def examine_ogg(file: BinaryIO, start: int, size: int) -> Layout:
    """Find the recordings of an Ogg file whose first page is at ``start``."""
    links: list[_Link] = []
    place, holes, is_cut, after_gap = start, 0, False, False
    while place < size:
        page = _page(file, place)
        if page is None:
            place = _next_page(file, place + 1, size)
            after_gap = True
            is_cut = place >= size and bool(links) and not links[-1].has_ended
            continue
        if page.flags & _FIRST and (not links or links[-1].has_sound):
            links.append(_Link([(place, place)]))
        elif not links:
            return Layout()
        elif after_gap or links[-1].lacks(page):
            if links[-1].is_under_way:
                old = links[-1]
                links.append(_Link([old.head, (place, place)], has_sound=True, head=old.head))
                links[-1].is_under_way = True
            holes += 1
        after_gap = False
        links[-1].add(place, page)
        place = page.end
    links = [link for link in links if link.has_sound]
    damage = f"is damaged, sound is missing in {holes} places" if holes else ""
    if is_cut:
        damage = f"{damage}; it is cut short" if damage else "is cut short, it ends within a page"
    note = ""
    if links and not links[-1].has_ended and not damage:
        note = "has no mark at its end: a recorded stream, or cut short where a page ends"
    if len(links) < 2 and not damage and start == 0:
        return Layout(note=note)
    return Layout(tuple(tuple(link.pieces) for link in links), damage, note)


def _page(file: BinaryIO, place: int) -> _Page | None:
    """The page that begins at ``place``, if it is there and whole."""
    file.seek(place)
    data = file.read(_HEAD.size)
    if len(data) < _HEAD.size or data[:4] != b"OggS" or data[4]:
        return None
    _, _, flags, granule, serial, number, crc, count = _HEAD.unpack(data)
    table = file.read(count)
    body = file.read(sum(table))
    if len(table) < count or len(body) < sum(table):
        return None
    whole = data[:_CRC_PLACE] + bytes(4) + data[_CRC_PLACE + 4 :] + table + body
    if _checksum(whole) != crc:
        return None
    return _Page(flags, granule, serial, number, place + len(whole))


def _checksum(data: bytes) -> int:
    """Ogg's CRC-32: that of zlib with all bits in reverse order and none inverted."""
    value = zlib.crc32(data.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{value:032b}"[::-1], 2)


def _next_page(file: BinaryIO, place: int, size: int) -> int:
    """Where the next page begins; ``size`` if there is none."""
    while place < size:
        file.seek(place)
        window = file.read(_WINDOW)
        found = window.find(b"OggS")
        if found < 0:
            place += max(1, len(window) - 3)
        elif _page(file, place + found) is not None:
            return place + found
        else:
            place += found + 1
    return size
