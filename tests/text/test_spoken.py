"""Sentences of words and marks, and the alphabet of a text model."""

from __future__ import annotations

import pytest

from speechgen.errors import ConfigError, DataError
from speechgen.text import ENGLISH_PHONES, SYMBOLS, Mark, Sentence, Word, symbol_ids

WELL = Word("Well", ("w", "ɛ", "l"), (0, 1, 0))
GO = Word("go", ("ɡ", "oʊ"), (0, 1))


def sentence(*between: Mark) -> Sentence:
    return Sentence((Mark("_"), WELL, *between, GO, Mark("."), Mark("_")))


def test_symbols_are_phones_and_marks_each_once() -> None:
    assert (*ENGLISH_PHONES, "_", " ", ",", ".", "?", "!") == SYMBOLS
    assert symbol_ids(SYMBOLS) == list(range(len(SYMBOLS)))
    assert len(set(SYMBOLS)) == len(SYMBOLS)


def test_an_unknown_symbol_is_named() -> None:
    with pytest.raises(ConfigError, match="'x'"):
        symbol_ids(["x"])


def test_symbols_stress_and_words_of_a_sentence() -> None:
    made = sentence(Mark(","))
    assert made.symbols() == ("_", "w", "ɛ", "l", ",", "ɡ", "oʊ", ".", "_")
    assert made.stress() == (0, 0, 1, 0, 0, 0, 1, 0, 0)
    assert made.words() == (-1, 0, 0, 0, -1, 1, 1, -1, -1)
    assert made.token_of_symbols()[5] is GO
    assert made.text == "Well go"


def test_a_pause_goes_with_a_mark() -> None:
    assert "_" in sentence(Mark(","), Mark("_", seconds=0.5)).symbols()[1:-1]


@pytest.mark.parametrize(
    "between", [(), (Mark(" "), Mark(",")), (Mark("_", seconds=1.0),)], ids=["none", "two", "pause"]
)
def test_one_mark_stands_between_two_words(between: tuple[Mark, ...]) -> None:
    with pytest.raises(DataError, match="one mark"):
        sentence(*between)


@pytest.mark.parametrize("tokens", [(), (WELL,), (Mark("_"), Mark("."), Mark("_"))])
def test_a_sentence_is_in_silence_and_holds_a_word(tokens: tuple[Word | Mark, ...]) -> None:
    with pytest.raises(DataError):
        Sentence(tokens)


def test_words_have_phones_and_marks_are_known() -> None:
    with pytest.raises(DataError, match="'hush' needs phones"):
        Word("hush", (), ())
    with pytest.raises(DataError, match="no mark"):
        Mark(";")
