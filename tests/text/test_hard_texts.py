"""300 texts that trip front ends: nothing is dropped in silence, and none crashes."""

from __future__ import annotations

import re
import unicodedata
from itertools import product

import pytest

from speechgen.errors import DataError
from speechgen.text.front_end import sentences
from speechgen.text.spoken import Sentence
from speechgen.text.unsaid import Unsaid

pytest.importorskip("gruut", reason="text: gruut is not installed")

FRAMES = ("{}", "It was {} again.", "Well, {}; then {}!")
#: each is said by at least one word in every frame
SAYABLE = {
    "numbers": "0 7 007 42 -5 +3 1,234 1234567 0.5 .5 3.14159 1e10 10000000000000000000000000 1/2 "
    "3/4 99/100 1/0 1st 42nd 100th 1,000th 5-10 2+2=4 10:3 12x12",
    "dates": "2024-05-01 05/06/2024 13/12/1999 1.2.2003 1984 2005 1990s '80s 00:00 12:05 23:59:59 "
    "3:45pm 7am 99:99 2024-13-45",
    "money": "$5 $5.00 $0.99 $1.5m £10.99 €1,000 ¥100 5€ $0 -$20 $1,000,000.01 $ 5¢",
    "units": "5kg 20km/h 100°C -40°F 50% 1.5GHz 3ft 16GB 90° 100ms 1lb",
    "addresses": "https://www.example.com/a/b?x=1&y=2#z www.example.org bob.smith@example.org "
    "example.com 192.168.0.1 ftp://x.org/ mailto:a+b@c-d.co.uk ./file.txt C:\\dir\\a.b #tag @home",
    "capitals": "NASA FBI USA I A X OK IBM's U.S. U.S.A. e.g. Ph.D. COVID-19 B2B MP3 H2O iPhone "
    "McDonald HTML XII McLEOD'S",
    "words": "a b x naïve café Straße Łódź Ærø rock'n'roll 'tis y'all o'clock mother-in-law and/or "
    "snake_case CamelCase x² α-helix C++ C# hmm brr qwrtz "
    "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch don’t",
    "symbols": "& + = % @ ° © ± < > ~ ^ | \\ § ½ ™ → ∞ ≤",
}  # fmt: skip
#: each is named to the user
UNSAYABLE = (
    *("😀", "👩\u200d👩\u200d👧", "привет", "你好", "こんにちは", "مرحبا", "שלום", "\x07", "\x00"),
    *("\ufffd", "\ue000", "𝄞", "☃", "🇩🇪", "ไทย"),
)
QUIET = (
    "\u200b",
    "\u00ad",
    "\u202e",
    "...",
    "?!",
    "--",
    "()",
    '""',
    "''",
    "*",
    "_",
    "—",
    "«",
    "».",
)
#: as they stand in documents, in one piece; nothing of them is unsayable
DOCUMENTS = (
    "# Title\n\n- one\n- two\n\n1. first\n2. second", "**bold** and _thin_ and `code` and ~~gone~~",
    "[a link](https://example.org/path)", "![picture](file.png)", "| head | body |\n|---|---|",
    "> quoted\n> again", "```\nvalue = 1\n```", "<b>bold</b> text", "<!-- note --> seen",
    "<br/>line",
    '<p class="wide">Hello &amp; bye&nbsp;now</p>', "&lt;tag&gt;", "((one (two (three))))",
    "He said, \"She said, 'They said, “go”.'\"", "„low“ ‹single› «double» ‘left’ “right”",
    "\u202edone\u202c then", "\ufeffstart", "mid\u200bdle", "soft\u00adly", "hard\u00a0space",
    "cafe\u0301 re\u0301sume\u0301", "n\u0303a\u0308i\u0308f", "ﬁne ﬂow", "ＡＢＣ１２３",
    "𝐛𝐨𝐥𝐝 text",
    "line\r\nbreak\rhere", "tab\tnew\x0bpage\x0cnext\x85last\u2028line\u2029end", "wait—what…now",
    "foo_bar.baz()", "$name ${other} $(command)", "first->then=>last", "ALL CAPITALS, ALL LOUD.",
    "¿Que? ¡Hola!", "write to bob@example.org or see www.example.com/help today",
)  # fmt: skip
SAID = [(frame, text) for family in SAYABLE.values() for text in family.split() for frame in FRAMES]
TEXTS = [*SAID, *DOCUMENTS, *product(FRAMES, UNSAYABLE), *product(FRAMES[1:], QUIET)]


def said(text: str) -> tuple[list[Sentence], list[Unsaid]]:
    unsaid: list[Unsaid] = []
    return list(sentences(text, report=unsaid.append)), unsaid


def words(text: str) -> list[str]:
    made, unsaid = said(text)
    assert not unsaid, f"{text!r}: {unsaid[0]}"
    return " ".join(sentence.text for sentence in made).split()


def test_there_are_at_least_300() -> None:
    assert len(set(TEXTS)) + 5 >= 300


@pytest.mark.parametrize("family", SAYABLE)
def test_what_can_be_said_is_said(family: str) -> None:
    for text in SAYABLE[family].split():
        assert words(text), text
        inside = words(FRAMES[1].format(text))
        assert inside[:2] == ["It", "was"] and inside[-1] == "again", f"{text!r}: {inside}"
        assert len(inside) > 3, f"{text!r} is dropped from {inside}"
        twice = words(FRAMES[2].format(text, text))
        assert twice[0] == "Well" and "then" in twice[2:-1], f"{text!r}: {twice}"


def letters(text: str) -> str:
    """Those of ``text`` without accents, in small letters."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(one for one in plain if not unicodedata.combining(one)).lower()


@pytest.mark.parametrize("text", DOCUMENTS, ids=ascii)
def test_each_word_of_a_document_is_said(text: str) -> None:
    heard = "".join(words(text)).lower()
    runs = re.findall(r"[a-z]{3,}", re.sub("[\u00ad\u200b]", "", letters(text)))
    assert runs or text == "ＡＢＣ１２３"
    place = 0
    for run in runs:
        found = heard.find(run, place)
        assert found >= 0, f"{run!r} is not in what is left of {heard!r}"
        place = found + len(run)


@pytest.mark.parametrize("text", UNSAYABLE, ids=ascii)
def test_what_is_said_and_what_is_named_cover_a_mixture(text: str) -> None:
    made, unsaid = said(f"alpha {text} bravo{text}charlie, {text}. Delta {text}!")
    heard = " ".join(one.text for one in made).lower()
    assert re.findall("[a-z]+", heard) == ["alpha", "bravo", "charlie", "delta"]
    assert "".join(one.text for one in unsaid) == 4 * text


@pytest.mark.parametrize("text", UNSAYABLE, ids=ascii)
def test_what_cannot_be_said_is_named_and_the_rest_said(text: str) -> None:
    made, unsaid = said(FRAMES[1].format(text))
    assert [sentence.text for sentence in made] == ["It was again"]
    assert [one.text for one in unsaid] == [text]
    assert "It was" in unsaid[0].around
    assert "left out" in str(unsaid[0]) and str(unsaid[0]).isprintable()
    with pytest.raises(DataError, match="nothing to say"):
        said(text)


@pytest.mark.parametrize("text", QUIET, ids=ascii)
def test_what_stands_for_no_sound_is_passed_over(text: str) -> None:
    made, unsaid = said(FRAMES[1].format(text))
    assert re.sub(r"[^a-z ]", "", " ".join(one.text for one in made).lower()) == "it was again"
    assert not unsaid
    with pytest.raises(DataError, match="nothing to say"):
        said(text)


def test_5000_words_without_a_full_stop_are_cut_between_words() -> None:
    count = 5000
    made, _ = said(" ".join(["three", "wild", "horses"][index % 3] for index in range(count)))
    assert max(len(set(sentence.words())) - 1 for sentence in made) <= 60
    spoken = [word for sentence in made for word in sentence.text.split()]
    assert len(spoken) == count and spoken[:4] == ["three", "wild", "horses", "three"]


def test_it_is_cut_at_a_comma_where_there_is_one() -> None:
    made, _ = said("now, " + "word " * 30 + "then, " + "word " * 300)
    assert made[0].text.endswith("then")
    assert made[0].symbols()[-2] == ","


@pytest.mark.parametrize(
    "long", ["x" * 3000, "1" * 3000, "ab-" * 1000, "$" * 500, "(" * 5000 + "a"]
)
def test_a_single_word_of_any_length_is_said_in_parts(long: str) -> None:
    made, _ = said(long)
    assert made and max(len(sentence.symbols()) for sentence in made) < 1000


def test_all_digits_of_a_long_number_are_said() -> None:
    assert len(words("31415926535897932384" * 15)) == 300
