"""Text: from written words to sentences of phones with stress and marks."""

from __future__ import annotations

from speechgen.text.front_end import sentences
from speechgen.text.lexicon import Lexicon, read_lexicon
from speechgen.text.phonemiser import ENGLISH_PHONES, phonemise
from speechgen.text.reading import Text, TextStream
from speechgen.text.spoken import Mark, Sentence, Word
from speechgen.text.symbols import MARKS, SYMBOLS, symbol_ids
from speechgen.text.unsaid import Unsaid

__all__ = [
    "ENGLISH_PHONES",
    "MARKS",
    "SYMBOLS",
    "Lexicon",
    "Mark",
    "Sentence",
    "Text",
    "TextStream",
    "Unsaid",
    "Word",
    "phonemise",
    "read_lexicon",
    "sentences",
    "symbol_ids",
]
