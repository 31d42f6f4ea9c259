"""Words of a text, and how many of them a recogniser has wrong."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Sequence

_SPELLED = {"mr": "mister", "mrs": "missus", "dr": "doctor", "st": "saint", "etc": "et cetera"}
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)*")


def words_of(text: str) -> list[str]:
    """The words of ``text`` in small letters, without accents and marks.

    Apostrophes inside words stay, hyphens divide, and a few titles are spelled out (Mr., Mrs., Dr.,
    St., etc.). Numerals stay numerals: spell them out in texts that are compared.
    """
    plain = unicodedata.normalize("NFKD", text.replace("’", "'"))
    letters = "".join(mark for mark in plain if not unicodedata.combining(mark)).lower()
    spelled = (_SPELLED.get(word, word) for word in _WORD.findall(letters))
    return " ".join(spelled).split()


def word_errors(reference: Sequence[Hashable], hypothesis: Sequence[Hashable]) -> int:
    """The fewest substitutions, deletions and insertions that make one of the other.

    Of words, or of anything else that can be compared, such as phones.
    """
    row = list(range(len(hypothesis) + 1))
    for position, wanted in enumerate(reference, 1):
        diagonal, row[0] = row[0], position
        for column, heard in enumerate(hypothesis, 1):
            changed = diagonal + (wanted != heard)
            diagonal = row[column]
            row[column] = min(changed, row[column] + 1, row[column - 1] + 1)
    return row[-1]
