"""Texts as they are written, to phones as they are said."""

from __future__ import annotations

import subprocess
import sys

import pytest

from speechgen.errors import DataError, SpeechgenError
from speechgen.text import ENGLISH_PHONES, phonemise


def said(text: str) -> str:
    pytest.importorskip("gruut", reason="phones: gruut is not installed")
    return " ".join(phonemise(text))


def test_known_words() -> None:
    assert said("Hello, world!") == "h ɛ l oʊ w ɚ l d"
    assert said("a church") == "ə t͡ʃ ɚ t͡ʃ"


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("42", "forty two"),
        ("Dr. Smith", "doctor smith"),
        ("HE SAID IT IS SO", "he said it is so"),
        ("well -- yes...", "well yes"),
    ],
)
def test_what_is_written_otherwise_is_said_alike(written: str, spoken: str) -> None:
    assert said(written) == said(spoken)


def test_all_phones_are_listed_and_carry_no_stress() -> None:
    text = "The quick brown fox, a boy's azure youth; vision, loud judge thinks Xyzzyplugh now."
    assert set(said(text).split()) <= set(ENGLISH_PHONES)
    assert len(set(ENGLISH_PHONES)) == len(ENGLISH_PHONES)


@pytest.mark.parametrize("nothing", ["", "  ", "?!", "--"])
def test_what_holds_nothing_to_say_is_refused(nothing: str) -> None:
    with pytest.raises(DataError, match="nothing to say"):
        said(nothing)


def test_without_the_package_one_line_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "gruut", None)
    with pytest.raises(SpeechgenError, match="speechgen\\[text\\]"):
        phonemise("hello")


def test_it_is_imported_when_it_is_needed() -> None:
    code = "import speechgen.text, sys; sys.exit('gruut' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
