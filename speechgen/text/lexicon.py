"""A pronunciation lexicon of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from speechgen.errors import DataError
from speechgen.files import printable
from speechgen.text.phone_notation import parse_phones

_MOST_LETTERS = 200

Pronunciation = tuple[tuple[str, ...], tuple[int, ...]]


class Lexicon:
    """Phones of words, found as they are written or else in any case.

    Parameters
    ----------
    entries
        Words, and phones as :func:`parse_phones` takes them.
    """

    def __init__(self, entries: Mapping[str, str] | None = None) -> None:
        self._exact = {word: parse_phones(phones) for word, phones in (entries or {}).items()}
        self._folded = {word.casefold(): said for word, said in self._exact.items()}

    def __len__(self) -> int:
        return len(self._exact)

    def entries(self) -> dict[str, Pronunciation]:
        """Every word with its phones and their stress."""
        return dict(self._exact)

    def get(self, word: str) -> Pronunciation | None:
        """Phones and their stress, or None."""
        return self._exact.get(word) or self._folded.get(word.casefold())


def read_lexicon(path: Path | str) -> Lexicon:
    """Read a file with a word, a tab and its phones on each line; ``#`` begins a comment.

    Raises
    ------
    DataError
        The file cannot be read, or a line is none of these; with its number.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is no UTF-8 text (byte {error.start}); save it so") from error
    entries: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        word, tab, phones = line.rstrip("\r").partition("\t")
        word = word.strip()
        if not tab or not word or any(map(str.isspace, word)) or len(word) > _MOST_LETTERS:
            raise DataError(
                f"{path}:{number}: needs a word, a tab and its phones, not '{printable(line[:60])}'"
            )
        if word in entries:
            raise DataError(f"{path}:{number}: has {printable(word)!r} a second time; keep one")
        try:
            parse_phones(phones)
        except DataError as error:
            raise DataError(f"{path}:{number}: {error}") from error
        entries[word] = phones
    return Lexicon(entries)
