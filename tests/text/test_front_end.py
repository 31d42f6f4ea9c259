"""Texts to sentences: where they end, how numbers and names are said, phones of one's own."""

from __future__ import annotations

import gc
import itertools
import tracemalloc
from pathlib import Path

import pytest

from speechgen.errors import DataError
from speechgen.text import Sentence, symbol_ids
from speechgen.text.front_end import sentences
from speechgen.text.lexicon import Lexicon, read_lexicon

pytest.importorskip("gruut", reason="text: gruut is not installed")


def texts(text: str) -> list[str]:
    return [sentence.text.lower() for sentence in sentences(text)]


def phones(text: str, lexicon: Lexicon | None = None) -> str:
    (sentence,) = sentences(text, lexicon=lexicon)
    return "".join(sentence.symbols()[1:-2])


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One. Two! Three? Four", 4),
        ("Dr. A. B. Smith met Mr. Jones at 3.5 p.m. in St. Louis, e.g. on Fig. 2.", 1),
        ('"Stop!" he said. "Go." (She went.) Then...', 4),
        ("A heading\n\nwrapped\nlines of one sentence.\n", 2),
        ("It was there.Then it went.", 2),
        ("See www.example.com. Then go.", 2),
        ("What?! No...", 2),
    ],
)
def test_where_sentences_end(text: str, count: int) -> None:
    made = list(sentences(text))
    assert len(made) == count, [sentence.text for sentence in made]
    assert all(symbol_ids(sentence.symbols()) for sentence in made)


def test_lines_end_sentences_where_that_is_asked_for() -> None:
    assert [one.text for one in sentences("one\ntwo\n", by_line=True)] == ["one", "two"]


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("$3.50", "three dollars and fifty cents"),
        ("$1.5 million", "one point five million dollars"),
        ("-40°C", "minus forty degrees celsius"),
        ("1 kg and 2kg", "one kilogram and two kilograms"),
        ("in 1984 and 2005", "in nineteen eighty four and two thousand and five"),
        ("the 1990s", "the nineteen nineties"),
        ("2024-05-01", "may first twenty twenty four"),
        ("on May 5th, 2024", "on may fifth twenty twenty four"),
        ("at 12:05 or 3:45 p.m.", "at twelve oh five or three forty five p m"),
        ("3 1/2 or 3/4", "three and a half or three quarters"),
        ("a@b-c.org", "a at b dash c dot org"),
        ("555-1234", "five five five one two three four"),
        ("NASA and the FBI", "nasa and the f b i"),
        ("Henry VIII and World War II", "henry the eighth and world war two"),
        ("mp3, v2.0, B2B", "m p three v two point zero b two b"),
        ("10-20 people", "ten to twenty people"),
        ("I SAID STOP IT NOW", "i said stop it now"),
        ("Mr. & Mrs. Smith etc.", "mister and missus smith et cetera"),
        ("naïve café", "naive cafe"),
        ("on Jan. 5, 2023", "on january fifth twenty twenty three"),
        ("see No. 7, ext. 12", "see number seven extension twelve"),
        ("US$5 and 1.5M€", "u s five dollars and one point five million euros"),
        ("C# or .NET, AC/DC", "c sharp or dot net a c slash d c"),
        ("5 µm at 16:9", "five micrometers at sixteen to nine"),
        ("e.g. ~5, i.e. few", "for example about five that is few"),
    ],
)
def test_how_it_is_said(written: str, spoken: str) -> None:
    assert texts(written) == [spoken]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I will read it", "He read the book"),
        ("They will record it", "It is a record"),
    ],
)
def test_a_word_of_two_readings(one: str, other: str) -> None:
    word = {"read", "record"} & set(one.split())
    first, second = (
        next(t.phones for t in next(sentences(text)).tokens if getattr(t, "text", "") in word)
        for text in (one, other)
    )
    assert first != second


def test_marks_between_words() -> None:
    (made,) = sentences("Well, yes (so far) - no; end!")
    marks = [t.symbol for t in made.tokens if not hasattr(t, "phones")]  # type: ignore[union-attr]
    assert marks == ["_", ",", ",", " ", ",", ",", "!", "_"]


@pytest.mark.parametrize("phones_", ["h @ l 'oU", "hə'loʊ", "HH AH0 L OW1", "həlˈoʊ", "h ə l ˈoʊ"])
def test_phones_in_the_text(phones_: str) -> None:
    (made,) = sentences(f"oh [[{phones_}]] you")
    word = made.tokens[3]
    assert word.phones == ("h", "ə", "l", "oʊ") and word.stress == (0, 0, 0, 1)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("wrong", "what"), [("h Q l", "'Q'"), ("h 5", "'5'"), ("", "there are none")]
)
def test_phones_that_are_none_are_named(wrong: str, what: str) -> None:
    with pytest.raises(DataError, match=what):
        list(sentences(f"oh [[{wrong}]] you"))


def test_a_lexicon_comes_before_all_else(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("# names\nNguyen\tw ˈɪ n\n\nSQL\tS IY1 K W AH0 L\n", encoding="utf-8")
    lexicon = read_lexicon(path)
    assert phones("(Nguyen)", lexicon) == phones("nguyen!", lexicon) == "wɪn"
    assert phones("SQL", lexicon) == "sikwəl" != phones("SQL")
    assert phones("Nguyens", lexicon) == phones("Nguyens")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"a b\n", "1: needs a word, a tab"),
        (b"# x\ntwo words\tb\n", "2: needs a word, a tab"),
        (b"a\tb\na\tb\n", "2: has 'a' a second time"),
        (b"a\t\n", "1: phones '': there are none"),
        (b"a\tb Q\n", "1: phones 'Q': 'Q' is no phone"),
        (b"a\t\xff\n", "no UTF-8 text"),
    ],
)
def test_a_wrong_lexicon_is_refused_in_one_line(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes(content)
    with pytest.raises(DataError, match=what) as caught:
        read_lexicon(path)
    assert str(caught.value).startswith(str(path)) and "\n" not in str(caught.value)
    with pytest.raises(DataError, match="cannot be read"):
        read_lexicon(tmp_path / "none.txt")


def test_sentences_come_before_the_text_ends() -> None:
    def lines() -> itertools.chain[str]:
        return itertools.chain(["One. Two.\n"], (pytest.fail("read ahead") for _ in range(1)))

    assert next(sentences(lines())).text == "One"


def test_memory_does_not_grow_with_the_text() -> None:
    def grown(count: int) -> int:
        made = sentences(f"Line {index % 10} of a book. \n" for index in range(count))
        for _ in itertools.islice(made, 20):
            pass
        tracemalloc.start()
        total = sum(isinstance(one, Sentence) for one in made)
        gc.collect()
        left = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        assert total == count - 20
        return left

    assert grown(150) < grown(50) + 50_000
