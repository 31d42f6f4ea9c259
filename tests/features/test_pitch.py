from __future__ import annotations

import numpy as np
import pytest

from speechgen.features import f0, pitch, pitch_path

RATE, HOP = 16000, 160


def harmonics(f0_hz: np.ndarray, amplitudes: list[float]) -> np.ndarray:
    """A wave with the given course of F0 (time,) and amplitudes of its harmonics."""
    phase = 2 * np.pi * np.cumsum(f0_hz) / RATE
    return 0.1 * sum(a * np.sin((k + 1) * phase) for k, a in enumerate(amplitudes))


@pytest.mark.parametrize("hz", [70.0, 110.0, 220.0, 437.0])
def test_pulse_trains(hz: float) -> None:
    wave = harmonics(np.full(RATE, hz), [1.0 / (k + 1) for k in range(8)])
    f0_hz, voicing = f0(wave, RATE, HOP)
    assert voicing[3:-3].all()
    np.testing.assert_allclose(f0_hz[5:-5], hz, rtol=2e-3)


def test_a_missing_fundamental_is_found() -> None:
    wave = harmonics(np.full(RATE, 120.0), [0.0, 1.0, 1.0, 1.0])
    f0_hz, _ = f0(wave, RATE, HOP)
    np.testing.assert_allclose(f0_hz[5:-5], 120.0, rtol=5e-3)


def test_a_sweep_is_followed_at_the_right_frames() -> None:
    course = 100.0 * 2 ** (np.arange(2 * RATE) / RATE * 0.8)
    f0_hz, voicing = f0(harmonics(course, [1.0, 0.7, 0.5, 0.3]), RATE, HOP)
    truth = course[HOP // 2 :: HOP]
    assert voicing.mean() > 0.95
    np.testing.assert_allclose(f0_hz[voicing], truth[voicing], rtol=0.01)


def test_noise_and_silence_are_unvoiced() -> None:
    noise = np.random.default_rng(0).normal(size=RATE) * 0.1
    assert f0(noise, RATE, HOP)[1].mean() < 0.05
    f0_hz, voicing = f0(np.zeros(RATE), RATE, HOP)
    assert not voicing.any()
    assert not f0_hz.any()


@pytest.mark.parametrize("hz", [65.0, 150.0, 320.0, 480.0])
def test_pure_tones(hz: float) -> None:
    f0_hz, voicing = f0(harmonics(np.full(RATE, hz), [1.0]), RATE, HOP)
    assert voicing[3:-3].all()
    np.testing.assert_allclose(f0_hz[5:-5], hz, rtol=3e-3)


@pytest.mark.parametrize("hz", [90.0, 130.0, 210.0, 300.0])
def test_no_octave_is_lost_in_noise(hz: float) -> None:
    """Vibrato of a voice with a strong second harmonic, in white noise of a tenth of its power."""
    course = hz * 2 ** (0.1 * np.sin(2 * np.pi * 5 * np.arange(2 * RATE) / RATE))
    wave = harmonics(course, [0.6, 1.0, 0.5, 0.4, 0.3, 0.2])
    noise = np.random.default_rng(0).normal(size=len(wave)) * np.sqrt(np.mean(wave**2) / 10)
    f0_hz, voicing = f0(wave + noise, RATE, HOP)
    truth = course[HOP // 2 :: HOP]
    assert voicing.mean() > 0.98
    np.testing.assert_allclose(f0_hz[voicing], truth[voicing], rtol=0.06)


def test_a_voice_between_silences_begins_and_ends_where_it_does() -> None:
    wave = np.zeros(2 * RATE)
    wave[RATE // 2 : 3 * RATE // 2] = harmonics(np.full(RATE, 140.0), [1.0, 0.5, 0.3])
    _, voicing = f0(wave, RATE, HOP)
    first, last = np.flatnonzero(voicing)[[0, -1]]
    assert voicing[first : last + 1].all()
    assert abs(first - 50) <= 3 and abs(last - 149) <= 3


def test_what_is_far_below_the_loudest_is_silence() -> None:
    wave = harmonics(np.full(2 * RATE, 140.0), [1.0, 0.5, 0.3])
    wave[RATE:] *= 1e-3
    _, voicing = f0(wave, RATE, HOP)
    assert voicing[:95].all() and not voicing[105:].any()


def test_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    course = 100.0 * 2 ** (np.arange(RATE) / RATE)
    wave = harmonics(course, [1.0, 0.7, 0.5]) * (np.arange(RATE) % 4000 < 3000)
    whole = f0(wave, RATE, HOP)
    monkeypatch.setattr(pitch, "_BLOCK_FRAMES", 7)
    monkeypatch.setattr(pitch_path, "_BLOCK_FRAMES", 11)
    parts = f0(wave, RATE, HOP)
    assert 0.5 < whole[1].mean() < 0.95
    np.testing.assert_array_equal(parts[1], whole[1])
    np.testing.assert_allclose(parts[0], whole[0], rtol=1e-9)


@pytest.mark.parametrize("rate", [8000, 22050, 48000])
def test_any_rate(rate: int) -> None:
    time = np.arange(rate) / rate
    wave = 0.1 * sum(np.sin(2 * np.pi * 170.0 * k * time) / k for k in range(1, 9))
    f0_hz, voicing = f0(wave, rate, rate // 100)
    assert voicing[3:-3].all()
    np.testing.assert_allclose(f0_hz[5:-5], 170.0, rtol=5e-3)


def test_a_range_of_a_few_lags_is_enough() -> None:
    f0_hz, voicing = f0(harmonics(np.full(RATE, 440.0), [1.0]), RATE, HOP, 400.0, 480.0)
    assert voicing[3:-3].all()
    np.testing.assert_allclose(f0_hz[5:-5], 440.0, rtol=5e-3)


def test_level_does_not_matter() -> None:
    wave = harmonics(np.full(RATE, 150.0), [1.0, 0.5])
    loud, quiet = f0(wave, RATE, HOP), f0(wave * 0.01, RATE, HOP)
    np.testing.assert_array_equal(loud[1], quiet[1])
    np.testing.assert_allclose(loud[0], quiet[0], rtol=1e-4)


@pytest.mark.parametrize("num_samples", [1, 100, 160, 161, 4001])
def test_one_value_a_frame_at_any_length(num_samples: int) -> None:
    f0_hz, voicing = f0(np.ones(num_samples) * 0.1, RATE, HOP)
    assert f0_hz.shape == voicing.shape == (-(-num_samples // HOP),)
    assert np.isfinite(f0_hz).all()
