"""Each argument of ``speechgen.say`` is heard; rate and pitch in sound, with the shipped models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import speechgen
from speechgen.synthesis.speaking import Speaker, Speakers
from speechgen.text import read_lexicon

pytest.importorskip("gruut", reason="text: gruut is not installed")
TEXT = "The old men were allowed to go home along the river. No one else was there."
HARD = (
    "**Bold**, <b>tags</b> & 3.5 kg at bob@example.org; 😀 привет \u202eturned\u202c \x07 …",
    "A", "!?" * 40 + " so " + "(" * 40, "x" * 400, "on and on " * 60,
)  # fmt: skip


@pytest.fixture(scope="module")
def speaker() -> Speaker:
    return Speakers(device="cpu").of("slt")


@pytest.fixture(scope="module")
def usual(speaker: Speaker) -> np.ndarray:
    return said(speaker)


def said(speaker: Speaker, text: str = TEXT, **options: Any) -> np.ndarray:
    values = {"temperature": 0.0, "sentence_silence": 0.0, "report": lambda _: None, **options}
    return speechgen.say(text, voice=speaker, **values)


@pytest.mark.parametrize("rate", [0.5, 2.0])
def test_a_rate_is_within_5_percent_of_what_was_asked(
    speaker: Speaker, usual: np.ndarray, rate: float
) -> None:
    assert len(said(speaker, rate=rate)) * rate == pytest.approx(len(usual), rel=0.05)


@pytest.mark.parametrize("semitones", [-3.0, 4.0])
def test_a_pitch_is_within_three_tenths_of_a_semitone_in_sound(
    speaker: Speaker, usual: np.ndarray, semitones: float
) -> None:
    librosa = pytest.importorskip("librosa", reason="eval: librosa is not installed")

    def log_f0(wave: np.ndarray) -> np.ndarray:
        f0, *_ = librosa.pyin(wave, fmin=70, fmax=500, sr=16000, frame_length=1024, hop_length=256)
        return 12 * np.log2(f0)

    before, after = log_f0(usual), log_f0(said(speaker, semitones=semitones))
    both = np.isfinite(before) & np.isfinite(after)
    assert both.mean() > 0.3
    assert np.median((after - before)[both]) == pytest.approx(semitones, abs=0.3)


def test_volume_silence_lexicon_lines_and_ssml(
    speaker: Speaker, usual: np.ndarray, tmp_path: Path
) -> None:
    assert np.allclose(said(speaker, volume_db=-20), usual / 10, atol=2e-2 * np.abs(usual).max())
    assert len(said(speaker, sentence_silence=0.5)) == len(usual) + 2 * 8000
    assert np.array_equal(said(speaker, f"<speak>{TEXT}</speak>", ssml=True), usual)
    (tmp_path / "words.txt").write_text("river\tn ˈaɪ n\n", encoding="utf-8")
    own = read_lexicon(tmp_path / "words.txt")
    respelled = TEXT.replace("river", "[[n 'aI n]]")
    assert np.array_equal(said(speaker, lexicon=own), said(speaker, respelled))
    lines = TEXT.replace("go home", "go home\n")
    assert len(said(speaker, lines, by_line=True)) > len(usual) + 1600


@pytest.mark.parametrize("other", [{"seed": 1}, {"temperature": 1.0}], ids=str)
def test_what_is_drawn(speaker: Speaker, usual: np.ndarray, other: dict[str, Any]) -> None:
    assert np.array_equal(said(speaker), usual)
    assert not np.array_equal(said(speaker, **other), usual)


@pytest.mark.parametrize("text", HARD, ids=range(len(HARD)))
def test_hard_texts_become_sound_that_ends_in_silence(speaker: Speaker, text: str) -> None:
    wave = said(speaker, text)
    assert np.isfinite(wave).all() and np.abs(wave).max() > 0.05
    level = [np.sqrt(np.mean(part**2)) for part in np.array_split(wave, len(wave) // 160)]
    assert max(level[-4:]) < 0.1 * max(level)


def test_no_sentence_is_dropped(speaker: Speaker) -> None:
    texts = ["Yes.", "No!", "Is it?", "It is, I think.", "So be it."]
    made = list(speechgen.say_sentences(" ".join(texts), voice=speaker))
    heard = [one.sentence.text.split() for one in made]
    words = [text.strip(".!?").replace(",", "").split() for text in texts]
    assert heard == words
