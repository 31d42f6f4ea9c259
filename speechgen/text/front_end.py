"""Text of any length to sentences of phones, one after another.

::

    text --> pieces --> groups of a sentence --> words and marks --> phones
            (SSML)         (splitting)            (normaliser)       (gruut)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from speechgen.errors import DataError, NothingToSayError
from speechgen.files import printable
from speechgen.text.addresses import is_address
from speechgen.text.characters import cleaned
from speechgen.text.lexicon import Lexicon, read_lexicon
from speechgen.text.normaliser import normalised
from speechgen.text.pieces import Fixed, Pause, Piece, Written, plain_pieces, styled_word
from speechgen.text.pronunciation import is_word, pronounced
from speechgen.text.reading import Text, check_text
from speechgen.text.splitting import Group, grouped
from speechgen.text.spoken import Mark, Sentence, Word
from speechgen.text.ssml import ssml_pieces
from speechgen.text.ssml_values import LONGEST_PAUSE
from speechgen.text.symbols import ENDS, PHRASE, SILENCE, WORD
from speechgen.text.unsaid import Report, warn

_MOST_SPOKEN = 60  # words of a sentence, numbers and letters counted as they are said
_CORE = re.compile(r"^(\W*)(.*?)(\W*)$", re.DOTALL)
_Unit = Word | Pause | str


def sentences(
    text: Text,
    *,
    lexicon: Lexicon | Path | str | None = None,
    ssml: bool = False,
    by_line: bool = False,
    report: Report = warn,
) -> Iterator[Sentence]:
    """The sentences of a text, each as soon as it is read, in memory that does not grow.

    Parameters
    ----------
    text
        English: as a whole, its lines, an open file, or a :class:`speechgen.text.TextStream`.
        Phones may stand in it: ``[[h @ l oU]]``.
    lexicon
        Pronunciations that come before all others, or their file (:func:`read_lexicon`).
    ssml
        Whether it is SSML (:mod:`speechgen.text.ssml`).
    by_line
        Whether a sentence ends at the end of each line; else at empty ones.
    report
        Told what cannot be said and is left out; by default a warning.

    Yields
    ------
    Sentence
        At most 60 words; a longer one is cut at a comma, or else between two words.

    Raises
    ------
    NothingToSayError
        The text holds nothing to say.
    DataError
        Its phones, tags, encoding or lexicon are wrong.
    ConfigError
        It is no text.
    """
    check_text(text)
    if not isinstance(lexicon, Lexicon):
        lexicon = read_lexicon(lexicon) if lexicon else Lexicon()
    pieces = ssml_pieces(text) if ssml else plain_pieces(text, by_line=by_line)
    return _sentences(pieces, lexicon, report, breaks=ssml)


def _sentences(
    pieces: Iterator[Piece], lexicon: Lexicon, report: Report, *, breaks: bool
) -> Iterator[Sentence]:
    """Where there may be ``breaks`` the last ones are held until it is known what is after them."""
    empty = True
    waiting: list[_Unit] = []
    held: list[Sentence] = []
    pauses = _Pauses()
    for group in grouped(pieces):
        found = _units(group, lexicon, report)
        pauses.check(found)
        units = [*waiting, *found]
        waiting = []
        if not any(isinstance(unit, Word) for unit in units):
            waiting = [unit for unit in units if isinstance(unit, Pause)]
            continue
        empty = False
        yield from held
        held = list(_assembled(units, cut=group.cut))
        if not breaks:
            yield from held
            held = []
    if empty:
        raise NothingToSayError("the text holds nothing to say; give words")
    yield from held[:-1]
    yield from (_lengthened(one, waiting) for one in held[-1:])


class _Pauses:
    """Adds up what was asked for since the last word, also over the end of a sentence."""

    def __init__(self) -> None:
        self._after = "before the first word"
        self._seconds = 0.0

    def check(self, units: list[_Unit]) -> None:
        for unit in units:
            if isinstance(unit, Word):
                self._after, self._seconds = f"after {printable(unit.text)!r}", 0.0
            elif isinstance(unit, Pause):
                self._seconds += unit.seconds or 0.0
                if self._seconds > LONGEST_PAUSE:
                    raise DataError(
                        f"SSML: breaks {self._after} last {self._seconds:g} s together; between "
                        f"two words are at most {LONGEST_PAUSE:g} s"
                    )


def _units(group: Group, lexicon: Lexicon, report: Report) -> list[_Unit]:
    """Words with phones, marks and pauses of a group."""
    pieces = [part for piece in group.pieces for part in _looked_up(piece, lexicon)]
    units: list[_Unit] = []
    for style, run in groupby(pieces, lambda piece: getattr(piece, "style", None)):
        written: list[str] = []
        for piece in run:
            if isinstance(piece, Written):
                written.append(piece.text)
            else:
                units.append(piece.word if isinstance(piece, Fixed) else piece)
        if style is not None:
            said = pronounced(normalised(cleaned(" ".join(written), report), is_word))
            units += [styled_word(one, style) if isinstance(one, Word) else one for one in said]
    return units


def _looked_up(
    piece: Written | Fixed | Pause, lexicon: Lexicon
) -> Iterator[Written | Fixed | Pause]:
    """A piece as it is, or with the word that is in the lexicon fixed."""
    if not isinstance(piece, Written) or not len(lexicon) or is_address(piece.text):
        yield piece
        return
    whole = lexicon.get(piece.text)
    found = _CORE.match(piece.text)
    assert found is not None
    before, core, after = ("", piece.text, "") if whole else found.groups()
    said = lexicon.get(core)
    if said is None:
        yield piece
        return
    if before:
        yield Written(before, piece.style)
    yield Fixed(styled_word(Word(core, *said), piece.style))
    if after:
        yield Written(after, piece.style)


def _assembled(units: list[_Unit], *, cut: bool) -> Iterator[Sentence]:
    """The sentences of the units, of which most have one."""
    words: list[tuple[list[str | Pause], Word]] = []  # and what stands before each
    between: list[str | Pause] = []
    for unit in units:
        if isinstance(unit, Word):
            words.append((between, unit))
            between = []
        else:
            between.append(unit)
    begin = 0
    while len(words) - begin > _MOST_SPOKEN:
        end = _cut(words, begin)
        yield _sentence(words[begin:end], words[end][0], cut=True)
        words[end] = ([], words[end][1])
        begin = end
    yield _sentence(words[begin:], between, cut=cut)


def _cut(words: list[tuple[list[str | Pause], Word]], begin: int) -> int:
    for end in range(begin + _MOST_SPOKEN, begin + _MOST_SPOKEN // 2, -1):
        if words[end][0]:
            return end
    return begin + _MOST_SPOKEN


def _sentence(
    words: list[tuple[list[str | Pause], Word]], after: list[str | Pause], *, cut: bool
) -> Sentence:
    tokens: list[Word | Mark] = [Mark(SILENCE, _seconds(words[0][0]))]
    for number, (before, word) in enumerate(words):
        if number:
            tokens.append(_mark(_strongest(before), word))
            seconds = _seconds(before)
            if seconds:
                tokens.append(_mark(SILENCE, word, seconds))
        tokens.append(word)
    last = _strongest([one for one in after if isinstance(one, str)])  # a break leaves a question
    if last not in ENDS:
        last = PHRASE if cut else "."
    tokens += [_mark(last, words[-1][1]), _mark(SILENCE, words[-1][1], _seconds(after))]
    return Sentence(tuple(tokens))


def _lengthened(sentence: Sentence, after: Sequence[_Unit]) -> Sentence:
    """A sentence and the pauses of what is after it and cannot be said."""
    *tokens, silence = sentence.tokens
    assert isinstance(silence, Mark)
    seconds = _seconds([Pause(None, silence.seconds), *after])
    return Sentence((*tokens, replace(silence, seconds=seconds)))


def _mark(symbol: str, near: Word, seconds: float | None = None) -> Mark:
    return Mark(symbol, seconds, near.rate, near.semitones, near.volume_db)


def _strongest(between: list[str | Pause]) -> str:
    """One mark for those between two words; a pause that was asked for decides it."""
    asked = [one.mark for one in between if isinstance(one, Pause) and one.mark]
    if asked:
        return asked[-1]
    marks = {one for one in between if isinstance(one, str)}
    return next((mark for mark in ("?", "!", ".", PHRASE) if mark in marks), WORD)


def _seconds(between: Sequence[_Unit]) -> float | None:
    asked = [one.seconds for one in between if isinstance(one, Pause) and one.seconds is not None]
    return sum(asked) if asked else None
