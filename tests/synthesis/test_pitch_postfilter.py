"""The pitch post-filter: a voice stays, a whisper gets the pitch it was told, silence is silent."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from speechgen.features import f0
from speechgen.features.pitch_rows import pitch_rows
from speechgen.synthesis import synthesize
from speechgen.synthesis.low_band import room_below_voices
from speechgen.synthesis.pitch_postfilter import strengthen_pitch, without_rumble
from speechgen.synthesis.postfilter import match_mel
from tests.synthesis.conftest import save_wavenet

RATE, HOP, FRAMES = 16000, 256, 60
TIME = np.arange(FRAMES * HOP) / RATE


def rows(hz: np.ndarray, voiced: np.ndarray | None = None) -> torch.Tensor:
    there = np.ones(len(hz), bool) if voiced is None else voiced
    return torch.from_numpy(pitch_rows(np.asarray(hz, np.float64), there))


def filtered(wave: np.ndarray, frames: torch.Tensor) -> np.ndarray:
    return strengthen_pitch(wave, frames, sample_rate=RATE, hop_samples=HOP)


def test_nothing_voiced_stays_to_the_bit() -> None:
    wave = np.random.default_rng(0).normal(0, 0.1, len(TIME)).astype(np.float32)
    quiet = rows(np.full(FRAMES, 100.0), np.zeros(FRAMES, bool))
    assert np.array_equal(filtered(wave, quiet), wave)
    half = np.arange(FRAMES) < 30
    made = filtered(wave, rows(np.full(FRAMES, 100.0), half))
    assert np.array_equal(made[31 * HOP :], wave[31 * HOP :])
    assert not np.allclose(made[: 29 * HOP], wave[: 29 * HOP], atol=0.01)


@pytest.mark.parametrize("length", [1, 2, 100, 16000])
def test_rumble_goes_and_voices_stay(length: int) -> None:
    time = np.arange(length) / RATE
    voice = np.sin(2 * np.pi * 70.0 * time)
    made = without_rumble((voice + 0.5 + np.sin(2 * np.pi * 5.0 * time)).astype(np.float32), RATE)
    assert made.shape == (length,) and made.dtype == np.float32
    if length == 16000:
        inside = slice(2000, -2000)
        assert np.abs(made - voice)[inside].max() < 0.07


@pytest.mark.parametrize("hz", [80.0, 125.0, 231.7])
def test_a_periodic_wave_stays_and_the_noise_upon_it_goes(hz: float) -> None:
    voice = sum(np.sin(2 * np.pi * hz * k * TIME) / k for k in range(1, 8)).astype(np.float32)
    noise = np.random.default_rng(0).normal(0, 0.2, len(TIME)).astype(np.float32)
    frames = rows(np.full(FRAMES, hz))
    inside = slice(800, -800)
    clean = filtered(voice, frames)[inside]
    assert np.square(clean - voice[inside]).mean() < 0.005 * np.square(voice).mean()
    left = filtered(voice + noise, frames)[inside] - clean
    # the sum of squared weights over their squared sum, and less, for lines between samples dull
    assert np.square(left).mean() < 0.17 * np.square(noise).mean()


def test_a_whisper_gets_the_melody_it_was_told() -> None:
    hz = np.linspace(110.0, 190.0, FRAMES)
    noise = np.random.default_rng(0).normal(0, 0.1, len(TIME)).astype(np.float32)
    found, voiced = f0(noise, RATE, HOP)
    assert voiced.mean() < 0.2
    found, voiced = f0(filtered(noise, rows(hz)), RATE, HOP)
    right = voiced & (np.abs(np.log2(found / hz[: len(found)])) < 0.05)
    assert right.mean() > 0.8


def test_a_filter_of_another_pitch_weakens_the_voice() -> None:
    voice = sum(np.sin(2 * np.pi * 120.0 * k * TIME) / k for k in range(1, 8)).astype(np.float32)
    wrong = filtered(voice, rows(np.full(FRAMES, 161.0)))
    assert np.square(wrong).mean() < 0.7 * np.square(voice).mean()


def test_synthesis_filters_where_the_features_tell_the_pitch(tmp_path, make_speech) -> None:
    from speechgen.data import recording_features
    from speechgen.features import FeatureSettings

    settings = FeatureSettings("mel", absolute_pitch=True)
    model = save_wavenet(tmp_path / "model", settings)
    wave = make_speech(6000)
    wave -= wave.mean()  # an offset of a source counts for nothing
    frames = recording_features(settings, wave, None)
    plain = synthesize(wave, model=model, device="cpu")
    made = synthesize(wave, model=model, postfilter=2, device="cpu")
    steady = without_rumble(plain, RATE)
    voiced = room_below_voices(filtered(steady, frames), frames, settings)
    wanted = match_mel(voiced, frames, settings, passes=2)
    assert np.allclose(made, wanted, atol=1e-6)
    assert not np.allclose(made, match_mel(steady, frames, settings, passes=2), atol=1e-4)


def test_a_vocoder_with_a_source_of_its_own_keeps_its_periods(make_speech) -> None:
    from speechgen.data import recording_features
    from speechgen.store import locate, read_config

    settings = read_config(locate("vocoder-small")).feature_settings()
    assert settings is not None
    wave = make_speech(16000)
    wave -= wave.mean()
    frames = recording_features(settings, wave, None)
    plain = synthesize(wave, model="vocoder-small", device="cpu")
    made = synthesize(wave, model="vocoder-small", postfilter=1, device="cpu")
    wanted = match_mel(room_below_voices(plain, frames, settings), frames, settings, passes=1)
    assert np.allclose(made, wanted, atol=1e-6)
