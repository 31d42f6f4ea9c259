"""The low-band post-filter: voices stay, a hum in a pause goes, a room is heard in its place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from speechgen.features import FeatureSettings, extract, f0
from speechgen.features.extraction import MEL_SCALE
from speechgen.features.pitch_rows import pitch_rows
from speechgen.synthesis.low_band import room_below_voices
from speechgen.synthesis.postfilter import match_mel

SETTINGS = FeatureSettings("mel", absolute_pitch=True)
RATE, HOP = SETTINGS.sample_rate, SETTINGS.hop_samples
FRAMES = 125
TIME = np.arange(FRAMES * HOP) / RATE


def told(wave: np.ndarray, voiced: np.ndarray) -> torch.Tensor:
    """The frames of ``wave``, which say that those of ``voiced`` have a voice of 120 Hz."""
    frames = extract(SETTINGS, wave.astype(np.float32))
    frames[-2:] = torch.from_numpy(pitch_rows(np.full(len(voiced), 120.0), voiced))
    return frames


def noise(level: float) -> np.ndarray:
    return np.random.default_rng(1).normal(0, level, len(TIME))


def power_between(wave: np.ndarray, low_hz: float, high_hz: float) -> float:
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave)))) ** 2
    hz = np.fft.rfftfreq(len(wave), 1 / RATE)
    return float(spectrum[(hz >= low_hz) & (hz < high_hz)].sum())


def test_what_is_voiced_stays_to_the_bit() -> None:
    wave = noise(0.1).astype(np.float32)
    everywhere = told(wave, np.ones(FRAMES, bool))
    assert np.array_equal(room_below_voices(wave, everywhere, SETTINGS), wave)
    half = np.arange(FRAMES) < 60
    made = room_below_voices(wave, told(wave, half), SETTINGS)
    assert np.array_equal(made[: 59 * HOP], wave[: 59 * HOP])
    assert not np.allclose(made[61 * HOP :], wave[61 * HOP :], atol=1e-4)


def test_only_what_is_below_voices_changes() -> None:
    wave = noise(0.1).astype(np.float32)
    made = room_below_voices(wave, told(wave, np.zeros(FRAMES, bool)), SETTINGS)
    inside = slice(2000, -2000)
    changed = made[inside] - wave[inside]
    assert power_between(changed, 110.0, 8001.0) < 1e-3 * power_between(changed, 0.0, 110.0)


def test_the_hum_of_a_network_in_a_pause_is_a_voice_for_a_tracker_and_goes() -> None:
    from scipy.signal import butter, sosfilt

    sections = butter(2, [8.0, 35.0], "bandpass", fs=RATE, output="sos")
    band = sosfilt(sections, np.random.default_rng(3).normal(size=len(TIME) + 8000))[8000:]
    rumble = 0.02 * band / band.std() + noise(0.003)  # what was recorded
    hum = 0.02 * np.sin(2 * np.pi * 62.0 * TIME) + noise(0.003)  # what was drawn for its mel
    frames = told(rumble, np.zeros(FRAMES, bool))

    def voicing(wave: np.ndarray) -> float:
        matched = match_mel(wave, frames, SETTINGS, passes=8)
        return float(f0(matched, RATE, HOP)[1].mean())

    room = room_below_voices(hum, frames, SETTINGS)
    assert power_between(room, 60.0, 64.0) < 0.05 * power_between(hum, 60.0, 64.0)
    assert voicing(hum) > 0.9
    assert voicing(room) < 0.4
    made = match_mel(room, frames, SETTINGS, passes=8)
    assert power_between(made, 0.0, 40.0) > 10.0 * power_between(made, 45.0, 90.0)


def test_as_strong_as_the_frames_say_and_when() -> None:
    steps = np.where(TIME < 1.0, 0.001, 0.1)
    wave = noise(1.0) * steps
    frames = told(wave, np.zeros(FRAMES, bool))
    made = extract(SETTINGS, room_below_voices(wave, frames, SETTINGS))
    off = MEL_SCALE * (made - frames)[0]  # of the lowest band, in nepers
    border = round(RATE / HOP)
    for part in (slice(4, border - 3), slice(border + 3, FRAMES - 4)):
        assert abs(float(off[part].mean())) < 0.3
        assert float(off[part].abs().max()) < 1.5


def test_the_noise_is_the_same_for_every_length() -> None:
    wave = noise(0.1).astype(np.float32)
    frames = told(wave, np.zeros(FRAMES, bool))
    part, whole = wave[: 60 * HOP], wave
    inside = slice(0, 50 * HOP)
    one = room_below_voices(part, frames[:, :60], SETTINGS)[inside]
    assert np.allclose(one, room_below_voices(whole, frames, SETTINGS)[inside], atol=1e-6)


@pytest.mark.parametrize("other", [{"fmin_hz": 80.0}, {"num_mels": 400}, {"num_mels": 20}], ids=str)
def test_where_the_first_band_tells_nothing_of_rooms_the_wave_stays(other: dict) -> None:
    settings = replace(SETTINGS, **other)
    wave = noise(0.1).astype(np.float32)
    frames = extract(settings, wave)
    frames[-2:] = torch.from_numpy(pitch_rows(np.full(FRAMES, 120.0), np.zeros(FRAMES, bool)))
    assert np.array_equal(room_below_voices(wave, frames, settings), wave)


@pytest.mark.parametrize("length", [1, 2, 255, 4001])
@pytest.mark.parametrize("rate", [8000, 16000, 24000])
def test_short_waves_silence_and_other_rates(length: int, rate: int) -> None:
    settings = FeatureSettings("mel", sample_rate=rate, absolute_pitch=True, fmax_hz=rate / 2)
    silence = np.zeros(length, np.float32)
    frames = extract(settings, silence)
    made = room_below_voices(silence, frames, settings)
    assert made.shape == (length,) and made.dtype == np.float32
    assert np.abs(made).max() < 1e-3
    again = room_below_voices(silence, frames, settings)
    assert np.array_equal(made, again)
