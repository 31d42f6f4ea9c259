"""What a reader makes of a text: pieces to be split into sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from speechgen.text.phone_notation import parse_phones
from speechgen.text.reading import Text, text_pieces
from speechgen.text.spoken import Word

_MOST_PHONES = 1000  # characters of phones in a text
_PHONES = rf"[^\[\]]{{0,{_MOST_PHONES}}}"
_TOKEN = re.compile(rf"\[\[({_PHONES})\]\]|(?:[^\s\[]|\[(?!\[{_PHONES}\]\])){{1,4000}}")
_OPEN = re.compile(rf"\[\[{_PHONES}\]?\Z")  # may become phones
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


def joined(one: Pause, other: Pause) -> Pause:
    """Two pauses in a row as one, with the mark of the last."""
    seconds = [pause.seconds for pause in (one, other) if pause.seconds is not None]
    return Pause(other.mark or one.mark, sum(seconds) if seconds else None)


@dataclass(frozen=True)
class End:
    """The end of a sentence, a paragraph or a line."""


Piece = Written | Fixed | Pause | End


class Words:
    """The written words of a text, and those whose phones stand in it: ``[[h @ l oU]]``.

    The text may come in parts that end anywhere; what a part ends with is held back until it is
    known how it goes on. Phones are up to 1000 characters; what has more, and no space for 4000
    characters, is cut there.
    """

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str, style: Style = PLAIN, *, last: bool = False) -> Iterator[Piece]:
        """The words that are known with some more text; all of them with the ``last``."""
        text = self._held + text
        known = len(text)
        if not last:
            may_go_on = _OPEN.search(text, max(0, len(text) - _MOST_PHONES - 3))
            known = min(len(text) - 1, may_go_on.start() if may_go_on else len(text))
        begin = 0
        for found in _TOKEN.finditer(text):
            if found.end() > known:
                break
            begin = found.end()
            if found[1] is None:
                yield from _words(found[0], style)
            else:
                yield Fixed(fixed_word(found[0], found[1], style))
        self._held = "" if last else text[begin:].lstrip()


def written(text: str, style: Style = PLAIN) -> Iterator[Piece]:
    """The words of a whole text."""
    return Words().feed(text, style, last=True)


def fixed_word(text: str, phones: str, style: Style = PLAIN) -> Word:
    """A word of phones as a user writes them (DataError)."""
    return styled_word(Word(text, *parse_phones(phones)), style)


def styled_word(word: Word, style: Style) -> Word:
    """``word`` in a style."""
    return replace(word, rate=style.rate, semitones=style.semitones, volume_db=style.volume_db)


def plain_pieces(text: Text, *, by_line: bool = False) -> Iterator[Piece]:
    """The pieces of a text without tags.

    Parameters
    ----------
    text
        As a whole, its lines, an open file, or a :class:`TextStream`.
    by_line
        Whether a sentence ends at the end of a line; else at an empty one.
    """
    words, is_blank = Words(), True
    for piece in text_pieces(text):
        for number, part in enumerate(piece.split("\n")):
            if number:  # at the end of a line
                yield from words.feed("", last=True)
                if by_line or is_blank:
                    yield End()
                is_blank = True
            is_blank = is_blank and not part.strip()
            yield from words.feed(part)
    yield from words.feed("", last=True)


def _words(word: str, style: Style) -> Iterator[Written]:
    """What has no space: a word, or sentences of which the space between is missing."""
    parts = [word] if "/" in word or "@" in word else _GLUED.split(word)
    for part in parts:
        for begin in range(0, len(part), _LONGEST):
            yield Written(part[begin : begin + _LONGEST], style)
