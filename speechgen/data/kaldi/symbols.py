"""The ``symbols`` file of a data directory, from its ``text``: what a text model learns from.

A line is an utterance id and its symbols: phones, with the signs of stress of the International
Phonetic Alphabet before those of stressed syllables, and marks, the one between words as ``|``::

    arctic_a0001 _ ˈɔ θ ɚ | ə v | ð ə | d ˈeɪ n d͡ʒ ɚ | t ɹ ˈeɪ l , ˈɛ t s ɛ t ɹ ə . _
"""

from __future__ import annotations

from pathlib import Path

from speechgen.data.kaldi.reading import load_data_directory
from speechgen.errors import DataError
from speechgen.files import write_text
from speechgen.progress import track
from speechgen.text import MARKS, SYMBOLS, Sentence

FILE = "symbols"
_WORD, _SILENCE = " ", "_"
_WRITTEN = {_WORD: "|"}
_SIGNS = ("", "ˈ", "ˌ")  # of stress 0, 1, 2
Symbols = tuple[tuple[str, ...], tuple[int, ...]]


def symbols_of(text: str) -> Symbols:
    """Symbols of all sentences of ``text``, and the stress of each.

    Raises
    ------
    DataError
        The text holds nothing to say.
    """
    from speechgen.text.front_end import sentences

    spoken = text.lower() if text.isupper() else text
    return joined(list(sentences(spoken)))


def joined(parts: list[Sentence]) -> Symbols:
    """Sentences in a row, without the silence between them."""
    if not parts:
        raise DataError("there is nothing to say")
    pairs = [pair for part in parts for pair in _without_ends(part)]
    edge = [(_SILENCE, 0)]
    symbols, stress = zip(*edge, *pairs, *edge, strict=True)
    return tuple(symbols), tuple(stress)


def _without_ends(part: Sentence) -> list[tuple[str, int]]:
    """Symbols of a sentence with a mark at its end."""
    pairs = list(zip(part.symbols(), part.stress(), strict=True))[1:-1]
    return pairs if pairs[-1][0] in MARKS else [*pairs, (_WORD, 0)]


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
    data = load_data_directory(data_dir)
    lines = []
    for name, words in track((data.texts or {}).items(), FILE):
        try:
            lines.append(f"{name} {written(*symbols_of(words))}\n")
        except DataError:
            continue
    if not lines:
        raise DataError(f"{data.path}: has no words to say; put them into {data.path / 'text'}")
    write_text(data.path / FILE, "".join(lines))
    return len(lines)


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
    known = {
        sign + _WRITTEN.get(symbol, symbol): (symbol, mark)
        for symbol in SYMBOLS
        for mark, sign in enumerate(_SIGNS)
    }
    found: dict[str, Symbols] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        name, *said = line.split()
        strange = [each for each in said if each not in known]
        if strange or not said:
            what = f"{strange[0]!r} is no symbol" if strange else f"{name} has no symbols"
            raise DataError(f"{file}:{number}: {what}; write the file anew")
        symbols, stress = zip(*(known[each] for each in said), strict=True)
        found[name] = symbols, stress
    return found
