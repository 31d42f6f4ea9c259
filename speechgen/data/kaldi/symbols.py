"""The ``symbols`` file of a data directory, from its ``text``: what a text model learns from.

A line is an utterance id and its symbols: phones, with the signs of stress of the International
Phonetic Alphabet before those of stressed syllables, and marks, the one between words as ``|``::

    arctic_a0001 _ ˈɔ θ ɚ | ə v | ð ə | d ˈeɪ n d͡ʒ ɚ | t ɹ ˈeɪ l , ˈɛ t s ɛ t ɹ ə . _
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from speechgen.data.kaldi.reading import load_data_directory
from speechgen.data.kaldi.said import write_said
from speechgen.errors import DataError
from speechgen.files import printable
from speechgen.text import SYMBOLS, Mark, Sentence, Word
from speechgen.text.symbols import ENDS, SILENCE, WORD

FILE = "symbols"
_WRITTEN = {WORD: "|"}
_SIGNS = ("", "ˈ", "ˌ")  # of stress 0, 1, 2
Symbols = tuple[tuple[str, ...], tuple[int, ...]]


def sentence_of(text: str) -> Sentence:
    """All that ``text`` says, as one sentence without silence within.

    Parameters
    ----------
    text
        English. Where all of it is in capitals, as in LibriSpeech, it is read as if it were in
        small letters.

    Raises
    ------
    DataError
        It holds nothing to say.
    """
    from speechgen.text.front_end import sentences

    parts = list(sentences(text.lower() if text.isupper() else text))
    if not parts:
        raise DataError(f"'{printable(text)}' holds nothing to say; give words")
    edge = (Mark(SILENCE),)
    tokens = [token for part in parts for token in _without_silence(part)]
    if not isinstance(tokens[-1], Mark):
        tokens.append(Mark(ENDS[0]))
    return Sentence((*edge, *tokens, *edge))


def _without_silence(part: Sentence) -> list[Word | Mark]:
    """Tokens of a sentence, with a mark at its end."""
    tokens = [token for token in part.tokens if not _is_silence(token)]
    return tokens if isinstance(tokens[-1], Mark) else [*tokens, Mark(WORD)]


def _is_silence(token: Word | Mark) -> bool:
    return isinstance(token, Mark) and token.symbol == SILENCE


def write_symbols(data_dir: str | Path) -> int:
    """Write ``symbols`` into ``data_dir``; utterances that say nothing get no line.

    Returns
    -------
    int
        How many utterances have symbols.

    Raises
    ------
    DataError
        It has no words at all.
    SpeechgenError
        gruut is not installed.
    """
    return len(write_said(load_data_directory(data_dir), FILE, _symbols_of))


def _symbols_of(text: str) -> str:
    said = sentence_of(text)
    return written(said.symbols(), said.stress())


def written(symbols: tuple[str, ...], stress: tuple[int, ...]) -> str:
    """Symbols as they stand in a line."""
    pairs = zip(symbols, stress, strict=True)
    return " ".join(_SIGNS[mark] + _WRITTEN.get(symbol, symbol) for symbol, mark in pairs)


def read_symbols(data_dir: str | Path) -> dict[str, Symbols]:
    """Symbols of each utterance id of a data directory.

    Raises
    ------
    DataError
        There is no such file, or a line of it holds something else, with the number of the line.
    """
    file = Path(data_dir) / FILE
    if not file.is_file():
        raise DataError(f"{file}: is missing; write it with: speechgen prepare symbols {data_dir}")
    found: dict[str, Symbols] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        name, *said = line.split()
        try:
            found[name] = parse_symbols(said)
        except ValueError as error:
            what = str(error) if said else f"{name} has no symbols"
            raise DataError(f"{file}:{number}: {what}; write the file anew") from error
    return found


def parse_symbols(said: Sequence[str]) -> Symbols:
    """Symbols and stress of words as they stand in a line; ValueError where one is none."""
    known = _known()
    strange = [each for each in said if each not in known]
    if strange or not said:
        raise ValueError(f"{strange[0]!r} is no symbol" if strange else "there are no symbols")
    symbols, stress = zip(*(known[each] for each in said), strict=True)
    return symbols, stress


@cache
def _known() -> dict[str, tuple[str, int]]:
    return {
        sign + _WRITTEN.get(symbol, symbol): (symbol, mark)
        for symbol in SYMBOLS
        for mark, sign in enumerate(_SIGNS)
    }
