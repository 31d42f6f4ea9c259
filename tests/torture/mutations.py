"""Damage to valid files, spelled out by a few bytes that hypothesis invents and makes smaller.

One draw of bytes an example keeps hypothesis quick. Byte by byte they say which of the valid files
is taken, which of its parts is damaged, and then, ten bytes each, what is done to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hypothesis import strategies as st

Tree = dict[str, bytes]  # files by their relative names

_STEP = 10  # bytes that spell one change
_LARGEST = 1 << 20
_HEADER = 128  # half of the changes are made there
_ODD = (0, 1, 2, 7, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF,
        1 << 32, (1 << 63) - 1, (1 << 64) - 1, 0x7FFFF000, 44100, 1 << 24, 3)  # fmt: skip
_WORDS = (b"\0", b"\n", b"\r\n", b" ", b"|", b"nan", b"inf", b"-1", b"1e999", b"null", b"~", b"''",
          b"\xef\xbb\xbf", b"\xff", b"${a}", b"!!python/name:os", b"&a", b"*a", b"[", b"{", b": ",
          b"../", b"/", b"9" * 5000, b"\xe2\x80\xa8", b"\xed\xa0\x80", b"0x", b"- ")  # fmt: skip


def damaged(seeds: Sequence[Tree]) -> st.SearchStrategy[Tree]:
    """One of ``seeds`` with one of its files damaged in up to five ways."""
    pieces = [content for seed in seeds for content in seed.values()]
    letters = st.binary(min_size=3 + _STEP, max_size=3 + 5 * _STEP)
    return letters.map(lambda text: damage(seeds, pieces, text))


def damage(seeds: Sequence[Tree], pieces: Sequence[bytes], text: bytes) -> Tree:
    """What ``text`` says, done; ``pieces`` are files to take pieces from."""
    tree = dict(seeds[(text[0] | text[1] << 8) % len(seeds)])
    name = sorted(tree)[text[2] % len(tree)]
    content = tree[name]
    for start in range(3, len(text) - _STEP + 1, _STEP):
        content = _change(content, text[start : start + _STEP], pieces)[:_LARGEST]
    return tree | {name: content}


def _change(data: bytes, text: bytes, pieces: Sequence[bytes]) -> bytes:
    place = int.from_bytes(text[1:4], "little") % (len(data) + 1)
    if text[4] & 1:
        place %= _HEADER
    return _WAYS[text[0] % len(_WAYS)](data, place, text[4] >> 1, text[5:], pieces)


def _put(data: bytes, place: int, piece: bytes, removed: int) -> bytes:
    return data[:place] + piece + data[place + removed :]


def _number(data: bytes, place: int, how: int, rest: bytes, _: Sequence[bytes]) -> bytes:
    """A number of 1, 2, 4 or 8 bytes: an odd one, or any."""
    width, value = 1 << (how & 3), int.from_bytes(rest, "little")
    if how & 8:
        value = _ODD[value % len(_ODD)]
    value %= 1 << 8 * width
    return _put(data, place, value.to_bytes(width, "big" if how & 4 else "little"), width)


def _flip(data: bytes, place: int, how: int, _rest: bytes, _: Sequence[bytes]) -> bytes:
    old = data[place : place + 1]
    return _put(data, place, bytes(byte ^ (1 << (how & 7)) for byte in old), 1)


def _cut(data: bytes, place: int, _how: int, _rest: bytes, _: Sequence[bytes]) -> bytes:
    return data[:place]


def _drop(data: bytes, place: int, how: int, rest: bytes, _: Sequence[bytes]) -> bytes:
    return _put(data, place, b"", _count(how, rest))


def _repeat(data: bytes, place: int, how: int, rest: bytes, _: Sequence[bytes]) -> bytes:
    return _put(data, place, data[place : place + _count(how, rest)] * rest[2], 0)


def _insert(data: bytes, place: int, how: int, rest: bytes, _: Sequence[bytes]) -> bytes:
    return _put(data, place, _WORDS[rest[0] % len(_WORDS)] if how & 1 else rest[:3], 0)


def _splice(data: bytes, place: int, how: int, rest: bytes, pieces: Sequence[bytes]) -> bytes:
    other, count = pieces[(rest[3] | rest[4] << 8) % len(pieces)], _count(how, rest)
    start = 0 if how & 2 else rest[2] % (len(other) + 1)
    return _put(data, place, other[start : start + count], count)


def _count(how: int, rest: bytes) -> int:
    """1 to 16 mostly, else up to 4096."""
    return 1 + (rest[0] & 15 if how & 1 else (rest[0] | rest[1] << 8) & 4095)


_Way = Callable[[bytes, int, int, bytes, Sequence[bytes]], bytes]
_WAYS: tuple[_Way, ...] = (_number, _number, _number, _flip, _cut, _drop, _repeat, _insert, _splice)
