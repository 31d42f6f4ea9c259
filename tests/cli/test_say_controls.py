"""Each option of ``say`` is heard: what it changes, and that it is passed on."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

pytest.importorskip("gruut", reason="text: gruut is not installed")

TEXT = "Allow two of them. Now."
Heard = Callable[..., np.ndarray]


@pytest.fixture(scope="module")
def heard(text_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Heard:
    """The wave (time,) of the text, said with options; each is made once."""
    from typer.testing import CliRunner

    from speechgen.cli.entry import app

    folder = tmp_path_factory.mktemp("said")
    made: dict[tuple[str, ...], np.ndarray] = {}

    def wave(*options: str, text: str = TEXT) -> np.ndarray:
        key = (text, *options)
        if key not in made:
            out = folder / f"{len(made)}.wav"
            command = ["say", text, "--output", str(out), "--model", str(text_model),
                       "--device", "cpu", *options]  # fmt: skip
            result = CliRunner().invoke(app, command)
            assert result.exit_code == 0, result.output
            made[key], _ = soundfile.read(io.BytesIO(out.read_bytes()))
        return made[key]

    return wave


def test_rate(heard: Heard) -> None:
    quick = heard("--rate", "2", "--sentence-silence", "0")
    assert len(quick) * 2 == pytest.approx(len(heard("--sentence-silence", "0")), rel=0.05)


def test_pitch_moves_the_melody_and_no_times(heard: Heard) -> None:
    moved = heard("--pitch", "+5st")
    assert len(moved) == len(heard()) and not np.allclose(moved, heard(), atol=1e-2)
    assert np.array_equal(heard("--pitch", "0st"), heard())


def test_volume_is_in_decibels(heard: Heard) -> None:
    usual, soft = heard("--volume", "-20dB"), heard("--volume", "-26db")
    kept = np.abs(usual) < 0.999
    assert np.allclose(soft[kept], usual[kept] * 10**-0.3, atol=1e-4)


def test_silence_is_after_each_sentence(heard: Heard) -> None:
    assert len(heard("--sentence-silence", "0.7")) - len(heard()) == 2 * 8000
    assert not heard("--sentence-silence", "0.7")[-11000:].any()


@pytest.mark.parametrize(
    "option", [("--voice", "bdl"), ("--seed", "1"), ("--temperature", "1")], ids=" ".join
)
def test_who_speaks_and_what_is_drawn(heard: Heard, option: tuple[str, str]) -> None:
    other = heard(*option)
    assert other.any() and not np.array_equal(other, heard())


def test_a_lexicon_says_its_words_alone_otherwise(heard: Heard, tmp_path: Path) -> None:
    lexicon = tmp_path / "words.txt"
    lexicon.write_text("two\tn ˈaɪ n\n", encoding="utf-8")
    assert np.array_equal(
        heard("--lexicon", str(lexicon)), heard(text=TEXT.replace("two", "[[n 'aI n]]"))
    )
    assert not np.array_equal(heard("--lexicon", str(lexicon)), heard())


def test_ssml_is_read_as_such(heard: Heard) -> None:
    assert np.array_equal(heard("--ssml", text=f"<speak>{TEXT}</speak>"), heard())
    inside = '<speak><prosody rate="200%" volume="-6dB">Allow two of them.</prosody> Now.</speak>'
    assert len(heard("--ssml", text=inside)) < len(heard()) - 1600


def test_lines_are_sentences_where_they_are_to_be(heard: Heard) -> None:
    lines = "Allow two\nof them\n"
    assert len(heard("--by", "line", text=lines)) > len(heard(text=lines)) + 2000
