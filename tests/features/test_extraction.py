from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from speechgen.errors import ConfigError
from speechgen.features import FeatureSettings, extract, pyin_f0
from speechgen.features.live_frames import LiveMelody
from speechgen.features.pitch_rows import pitch_rows
from speechgen.features.reference_pitch import TRACKERS
from speechgen.features.settings import F0_TRACKERS

CONTENT, MEL = FeatureSettings("content"), FeatureSettings("mel")


def voice(f0_hz: float, seed: int = 0) -> np.ndarray:
    """A second of a gliding harmonic sound between two stretches of noise."""
    time = np.arange(16000) / 16000
    phase = 2 * np.pi * np.cumsum(f0_hz * 2 ** (0.5 * np.sin(2 * np.pi * time))) / 16000
    tone = sum(np.sin(k * phase) / k for k in range(1, 12))
    noise = np.random.default_rng(seed).normal(size=24000) * 0.05
    noise[4000:20000] = 0.1 * tone + 0.1 * noise[4000:20000]
    return noise.astype(np.float32)


@pytest.mark.parametrize("settings", [CONTENT, MEL], ids=lambda s: s.kind)
@pytest.mark.parametrize("num_samples", [1, 100, 255, 256, 257, 16001])
def test_shape_and_finiteness(settings: FeatureSettings, num_samples: int) -> None:
    wave = np.random.default_rng(0).normal(size=num_samples) * 0.1
    features = extract(settings, wave)
    assert features.shape == (settings.num_features, settings.num_frames(num_samples))
    assert features.dtype == torch.float32
    assert features.isfinite().all()


@pytest.mark.parametrize("settings", [CONTENT, MEL], ids=lambda s: s.kind)
def test_silence_is_finite(settings: FeatureSettings) -> None:
    assert extract(settings, np.zeros(5000)).isfinite().all()


def test_arrays_and_tensors_give_the_same() -> None:
    wave = voice(150.0)
    for settings in (CONTENT, MEL):
        assert torch.equal(extract(settings, wave), extract(settings, torch.from_numpy(wave)))


def test_content_is_normalised_over_the_utterance() -> None:
    content = extract(CONTENT, voice(150.0))
    cepstra, melody, voicing = content[:16], content[16], content[17]
    torch.testing.assert_close(cepstra.mean(dim=1), torch.zeros(16), atol=1e-4, rtol=0)
    torch.testing.assert_close(cepstra.square().mean(dim=1), torch.ones(16), atol=1e-3, rtol=0)
    assert set(voicing.tolist()) == {0.0, 1.0}
    voiced = melody[voicing == 1]
    assert voiced.mean() == pytest.approx(0.0, abs=1e-4)
    assert voiced.square().mean() == pytest.approx(1.0, abs=1e-3)


def test_content_does_not_tell_level_or_height_of_the_voice() -> None:
    low, high = voice(110.0), voice(160.0)
    torch.testing.assert_close(
        extract(CONTENT, low), extract(CONTENT, low * 0.5), atol=0.02, rtol=0
    )
    melodies = [extract(CONTENT, wave)[16, 40:110] for wave in (low, high)]
    torch.testing.assert_close(*melodies, atol=0.15, rtol=0)


def test_melody_is_that_of_the_tracker_asked_for() -> None:
    assert tuple(TRACKERS) == F0_TRACKERS
    settings = FeatureSettings("mel", absolute_pitch=True, f0_tracker="pyin")
    wave = voice(150.0)
    rows = extract(settings, wave)
    np.testing.assert_array_equal(rows[80:], pitch_rows(*pyin_f0(wave, 16000, 64), steps=4))
    other = extract(replace(settings, f0_tracker="yin"), wave)
    torch.testing.assert_close(rows[:80], other[:80])
    assert not torch.equal(rows[80:], other[80:])
    with pytest.raises(ConfigError, match="'pyin' finds F0 in whole recordings"):
        LiveMelody(settings, 4096)


def test_mel_does_tell_the_level() -> None:
    wave = voice(150.0)
    difference = extract(MEL, wave) - extract(MEL, wave * 0.5)
    assert difference.mean() > 0.05


def test_real_speech_lies_in_range(corpora: Path) -> None:
    import soundfile

    path = sorted((corpora / "arctic" / "slt").rglob("*.flac"))[0]
    wave, _ = soundfile.read(path, dtype="float32")
    mel, content = extract(MEL, wave), extract(CONTENT, wave)
    assert mel.min() > -1.1 and mel.max() < 1.3
    assert content.abs().max() < 8
    assert 0.3 < content[17].mean() < 0.9
