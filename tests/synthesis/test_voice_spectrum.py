"""A voice's recordings tell a converter of their spectrum; names and vectors tell it nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from speechgen.audio import read_mono
from speechgen.data import recording_features
from speechgen.errors import ConfigError, DataError, SpeechgenWarning
from speechgen.models.converter.spectral_match import neutral
from speechgen.store import load
from speechgen.synthesis import embed_paths, embed_wave, synthesize
from speechgen.synthesis.batch import load_synthesiser
from speechgen.synthesis.target_voice import TargetVoices
from speechgen.synthesis.voice_file import load_fit, load_voice, save_voice
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


@pytest.fixture(scope="module")
def written(loaded: Any, voice: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The voice as a file, with its match for the shipped converter."""
    path = tmp_path_factory.mktemp("voice") / "them.safetensors"
    embed_paths([voice], load("speaker-ecapa"), path, converter=loaded)
    return path


def test_a_file_speaks_as_its_recording_does(loaded: Any, voice: str, written: Path) -> None:
    found = {
        which: TargetVoices(loaded.model, loaded.config.feature_settings(), None, "cpu").of(which)
        for which in (voice, str(written), f"{written}:1,slt:3")
    }
    heard, kept, mixed = found.values()
    assert kept.vector == pytest.approx(heard.vector, abs=1e-5)
    assert heard.match is not None and kept.match is not None and mixed.match is not None
    torch.testing.assert_close(kept.match, heard.match, atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(mixed.match, neutral(80).lerp(kept.match, 0.25))


def test_a_file_for_another_converter_is_used_without_its_match(
    loaded: Any, written: Path, tmp_path: Path
) -> None:
    fit = load_fit(written)
    assert fit is not None
    path, table = tmp_path / "other.safetensors", load_voice(written)[0]
    save_voice(path, table, fit=replace(fit, weights="0" * 64))
    voices = TargetVoices(loaded.model, loaded.config.feature_settings(), None, "cpu")
    with pytest.warns(SpeechgenWarning, match=r"other\.safetensors: is fitted to converter-small"):
        target = voices.of(path)
    assert target.match is None and (target.vector == table.vectors[0]).all()
    save_voice(path, table, fit=replace(fit, match=fit.match[:, :40]), overwrite=True)
    with pytest.raises(DataError, match="not of the converter's bands"):
        voices.of([path])
