"""Sentences as they are to be said: words of phones, and the marks between them.

::

    "Well, go now."  ->  _  w ɛ l  ,  ɡ oʊ  " "  n aʊ  .  _
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from speechgen.errors import DataError
from speechgen.text.symbols import ENDS, MARKS, NO_STRESS, PHRASE, SILENCE, WORD

_BETWEEN = (WORD, PHRASE, *ENDS)


@dataclass(frozen=True)
class Word:
    """A word.

    Attributes
    ----------
    text
        In letters, as it is said: numbers as words.
    phones, stress
        Of equal length, at least one: phones of :data:`speechgen.text.ENGLISH_PHONES`, and for each
        0, or of a stressed syllable 1 (primary) or 2 (secondary).
    rate, semitones, volume_db
        Asked for: speed (1 for the voice's own), and steps of pitch and loudness.
    """

    text: str
    phones: tuple[str, ...]
    stress: tuple[int, ...]
    rate: float = 1.0
    semitones: float = 0.0
    volume_db: float = 0.0

    def __post_init__(self) -> None:
        if not self.phones or len(self.phones) != len(self.stress):
            raise DataError(f"the word {self.text!r} needs phones, and one stress for each")


@dataclass(frozen=True)
class Mark:
    """What is between words: one of :data:`speechgen.text.MARKS`.

    Attributes
    ----------
    symbol
        Of them.
    seconds
        Of a pause that was asked for; None for what a voice makes of it.
    rate, semitones, volume_db
        As of a :class:`Word`.
    """

    symbol: str
    seconds: float | None = None
    rate: float = 1.0
    semitones: float = 0.0
    volume_db: float = 0.0

    def __post_init__(self) -> None:
        if self.symbol not in MARKS:
            raise DataError(f"{self.symbol!r} is no mark; these are: {' '.join(MARKS)}")


@dataclass(frozen=True)
class Sentence:
    """A sentence, or a part of a long one.

    It begins and ends with silence. Between two words there is one mark that is no silence, and
    after it silence where a pause was asked for; the mark of the sentence's end is before the last
    silence. It holds at least one word.
    """

    tokens: tuple[Word | Mark, ...]

    def __post_init__(self) -> None:
        if not _ends_in_silence(self.tokens):
            raise DataError("a sentence begins and ends with silence")
        marks = ""
        spoken = 0
        for token in self.tokens[1:]:
            if isinstance(token, Mark):
                marks += token.symbol
                continue
            between = [mark for mark in marks if mark in _BETWEEN]
            if spoken and len(between) != 1:
                raise DataError(f"one mark stands between two words, not {marks!r}")
            spoken, marks = spoken + 1, ""
        if not spoken:
            raise DataError("a sentence holds a word")

    @property
    def text(self) -> str:
        """Its words in letters, with spaces between."""
        return " ".join(token.text for token in self.tokens if isinstance(token, Word))

    def symbols(self) -> tuple[str, ...]:
        """Its phones and marks, (symbol,)."""
        return tuple(symbol for _, token in self._spread() for symbol in _symbols_of(token))

    def stress(self) -> tuple[int, ...]:
        """Of each symbol, 0 for marks."""
        return tuple(
            stress
            for _, token in self._spread()
            for stress in (token.stress if isinstance(token, Word) else (NO_STRESS,))
        )

    def words(self) -> tuple[int, ...]:
        """The number of the word that each symbol is part of, from 0; -1 for marks."""
        return tuple(
            number for number, token in self._spread() for _ in range(len(_symbols_of(token)))
        )

    def token_of_symbols(self) -> tuple[Word | Mark, ...]:
        """The token that each symbol is part of."""
        return tuple(token for _, token in self._spread() for _ in _symbols_of(token))

    def _spread(self) -> Iterator[tuple[int, Word | Mark]]:
        word = -1
        for token in self.tokens:
            word += isinstance(token, Word)
            yield (word if isinstance(token, Word) else -1), token


def _symbols_of(token: Word | Mark) -> tuple[str, ...]:
    return token.phones if isinstance(token, Word) else (token.symbol,)


def _ends_in_silence(tokens: tuple[Word | Mark, ...]) -> bool:
    return len(tokens) > 2 and all(
        isinstance(token, Mark) and token.symbol == SILENCE for token in (tokens[0], tokens[-1])
    )
