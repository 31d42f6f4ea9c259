"""A recording of a voice in which next to nothing is said is told of, and used all the same."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from speechgen.audio import read_mono
from speechgen.errors import SpeechgenWarning
from speechgen.synthesis.batch import load_synthesiser
from speechgen.synthesis.heard_phones import warn_of_no_speech
from speechgen.synthesis.voice_spectrum import frames_of


@pytest.fixture(scope="module")
def loaded() -> Any:
    return load_synthesiser(None, "cpu")


def warned(loaded: Any, *waves: np.ndarray) -> list[str]:
    frames = frames_of(waves, loaded.config.feature_settings())
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_of_no_speech(loaded.model, frames, "ref.wav")
    assert all(issubclass(one.category, SpeechgenWarning) for one in caught)
    return [str(one.message) for one in caught]


def test_noise_and_what_dies_away_say_nothing(loaded: Any) -> None:
    rng = np.random.default_rng(0)
    time = np.arange(48000) / 16000
    hiss = 0.1 * rng.standard_normal(48000) * (1 + 0.9 * np.sin(2 * np.pi * 3 * time))
    chord = sum(np.sin(2 * np.pi * f * time) for f in (262, 330, 392)) * np.exp(-time) / 5
    for wave in (hiss, chord + 0.01 * rng.standard_normal(48000)):
        (message,) = warned(loaded, wave.astype(np.float32))
        assert message.startswith("ref.wav: in 3.0 s ") and "\n" not in message


def test_speech_is_heard_in_whole_and_in_digits(loaded: Any, corpora: Path) -> None:
    read = sorted((corpora / "librispeech" / "test-other").glob("*.opus"))[::25]
    digits = sorted((corpora / "fsdd").glob("[0-9]_george_0.flac"))
    assert read and digits
    assert not warned(loaded, *(read_mono(path, 16000)[:64000] for path in read))
    assert not warned(loaded, *(read_mono(path, 16000) for path in digits))
