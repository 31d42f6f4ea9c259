"""A voice's recordings tell a converter of their spectrum; names and vectors tell it nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from speechgen.audio import read_mono
from speechgen.data import recording_features
from speechgen.errors import ConfigError
from speechgen.models.converter.spectral_match import neutral
from speechgen.store import load
from speechgen.synthesis import embed_wave, synthesize
from speechgen.synthesis.batch import load_synthesiser
from speechgen.synthesis.voice_spectrum import voice_match


@pytest.fixture(scope="module")
def loaded() -> Any:
    return load_synthesiser(None, "cpu")


@pytest.fixture(scope="module")
def voice(corpora: Path) -> str:
    """A recording of somebody whom no model has heard."""
    return str(sorted((corpora / "librispeech" / "test-other").glob("*.opus"))[0])


@pytest.fixture(scope="module")
def vector(voice: str) -> torch.Tensor:
    return torch.from_numpy(embed_wave(read_mono(voice, 16000), load("speaker-ecapa")))[None]


def test_only_recordings_have_a_spectrum(loaded: Any, voice: str, vector: torch.Tensor) -> None:
    settings = loaded.config.feature_settings()
    match = voice_match(voice, vector, loaded.model, settings)
    assert match is not None and match.shape == (1, 2, 80)
    assert not torch.allclose(match, neutral(80), atol=0.01)
    for other in (None, "slt", vector[0].numpy()):
        assert voice_match(other, vector, loaded.model, settings) is None
    assert voice_match(voice, vector, loaded.model.vocoder, settings) is None


def test_in_a_mixture_it_counts_by_its_weight(
    loaded: Any, voice: str, vector: torch.Tensor
) -> None:
    settings = loaded.config.feature_settings()
    whole = voice_match(voice, vector, loaded.model, settings)
    part = voice_match({voice: 1.0, "slt": 3.0}, vector, loaded.model, settings)
    assert whole is not None and part is not None
    torch.testing.assert_close(part, neutral(80).lerp(whole, 0.25))


def test_sound_comes_nearer_to_the_spectrum_of_the_recording(loaded: Any, voice: str) -> None:
    """The same words, so that nothing but the voice is compared."""
    settings = loaded.config.feature_settings()
    wave = read_mono(voice, 16000)

    def colour(sound: np.ndarray) -> np.ndarray:
        """Mean of the bands over frames with speech."""
        mel = recording_features(settings, sound, -26.0)[:80]
        level = mel.mean(dim=0)
        return mel[:, level > level.median()].mean(dim=1).numpy()

    wanted = colour(wave)
    far = {
        strength: np.abs(
            colour(synthesize(wave, speaker=voice, spectral_match=strength, device="cpu")) - wanted
        ).mean()
        for strength in (0.0, 0.5, 1.0)
    }
    assert max(far[0.5], far[1.0]) < 0.7 * far[0.0]


def test_strengths_out_of_range_are_refused(voice: str) -> None:
    with pytest.raises(ConfigError, match="spectral_match must be in"):
        synthesize(np.zeros(1600, np.float32), speaker=voice, spectral_match=1.5)
