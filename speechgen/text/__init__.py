"""Text: from written words to phones."""

from __future__ import annotations

from speechgen.text.phonemiser import ENGLISH_PHONES, phonemise
from speechgen.text.spoken import Mark, Sentence, Word
from speechgen.text.symbols import MARKS, SYMBOLS, symbol_ids

__all__ = [
    "ENGLISH_PHONES",
    "MARKS",
    "SYMBOLS",
    "Mark",
    "Sentence",
    "Word",
    "phonemise",
    "symbol_ids",
]
