"""What a reader makes of a text: pieces to be split into sentences."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from speechgen.text.phone_notation import parse_phones
from speechgen.text.spoken import Word

_INLINE = re.compile(r"\[\[([^\[\]]*)\]\]")
_LONGEST = 400  # characters without a space that are still one written word
_GLUED = re.compile(r"(?<=[a-z][.!?])(?=[A-Z][a-z])")


@dataclass(frozen=True)
class Style:
    """Speed (1 for the voice's own), and steps of pitch and of loudness."""

    rate: float = 1.0
    semitones: float = 0.0
    volume_db: float = 0.0


PLAIN = Style()


@dataclass(frozen=True)
class Written:
    """A written word, with the marks at it."""

    text: str
    style: Style = PLAIN


@dataclass(frozen=True)
class Fixed:
    """A word whose phones are given."""

    word: Word


@dataclass(frozen=True)
class Pause:
    """Asked for: a mark (None for no change, a space for no pause), or silence of some seconds."""

    mark: str | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class End:
    """The end of a sentence, a paragraph or a line."""


Piece = Written | Fixed | Pause | End


def written(text: str, style: Style = PLAIN) -> Iterator[Piece]:
    """The written words of ``text``, and those whose phones stand in it: ``[[h @ l oU]]``."""
    begin = 0
    for found in _INLINE.finditer(text):
        yield from _words(text[begin : found.start()], style)
        yield Fixed(fixed_word(found[0], found[1], style))
        begin = found.end()
    yield from _words(text[begin:], style)


def fixed_word(text: str, phones: str, style: Style = PLAIN) -> Word:
    """A word of phones as a user writes them (DataError)."""
    return styled_word(Word(text, *parse_phones(phones)), style)


def styled_word(word: Word, style: Style) -> Word:
    """``word`` in a style."""
    return replace(word, rate=style.rate, semitones=style.semitones, volume_db=style.volume_db)


def plain_pieces(text: str | Iterable[str], *, by_line: bool = False) -> Iterator[Piece]:
    """The pieces of a text without tags.

    Parameters
    ----------
    text
        As a whole, or its lines.
    by_line
        Whether a sentence ends at the end of a line; else at an empty one.
    """
    lines = io.StringIO(text, newline=None) if isinstance(text, str) else text
    for line in lines:
        if line.strip():
            yield from written(line)
        if by_line or not line.strip():
            yield End()


def _words(text: str, style: Style) -> Iterator[Piece]:
    for word in text.split():
        parts = [word] if "/" in word or "@" in word else _GLUED.split(word)
        for part in parts:
            for begin in range(0, len(part), _LONGEST):
                yield Written(part[begin : begin + _LONGEST], style)
