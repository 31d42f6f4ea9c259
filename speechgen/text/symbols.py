"""The alphabet of a text model: phones, and marks of what is between words."""

from __future__ import annotations

from collections.abc import Iterable

from speechgen.errors import ConfigError
from speechgen.text.phonemiser import ENGLISH_PHONES

#: silence: before the first word, after the last, and where a pause was asked for
SILENCE = "_"
#: between two words of one phrase
WORD = " "
#: between two phrases: comma, semicolon, colon, dash, bracket
PHRASE = ","
#: at the end of a sentence
ENDS = (".", "?", "!")
MARKS = (SILENCE, WORD, PHRASE, *ENDS)
SYMBOLS: tuple[str, ...] = (*ENGLISH_PHONES, *MARKS)
#: of a vowel: none, primary and secondary stress
NO_STRESS, PRIMARY, SECONDARY = 0, 1, 2

_PLACES = {symbol: place for place, symbol in enumerate(SYMBOLS)}


def symbol_ids(symbols: Iterable[str]) -> list[int]:
    """Places of ``symbols`` in :data:`SYMBOLS`, from 0.

    Raises
    ------
    ConfigError
        One of them is neither a phone nor a mark.
    """
    ids = []
    for symbol in symbols:
        if symbol not in _PLACES:
            raise ConfigError(f"{symbol!r} is neither a phone nor a mark; speechgen.text.SYMBOLS")
        ids.append(_PLACES[symbol])
    return ids
