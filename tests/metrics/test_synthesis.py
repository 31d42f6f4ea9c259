from __future__ import annotations

import numpy as np
import pytest

from speechgen.features import f0, pyin_f0
from speechgen.metrics import (
    active_frames,
    cepstral_distortion,
    f0_error,
    mel_cepstral_distortion,
    sptk_distortion,
)
from speechgen.metrics.synthesis import Tracker

RATE = 16000


def tone(f0_hz: float, seconds: float = 1.0) -> np.ndarray:
    time = np.arange(round(seconds * RATE)) / RATE
    return 0.1 * sum(np.sin(2 * np.pi * f0_hz * k * time) / k for k in range(1, 20))


def test_cepstral_distortion_by_hand() -> None:
    reference, estimate = np.zeros((4, 25)), np.zeros((4, 25))
    estimate[:, 0] = 9.0  # the level does not count
    estimate[1, 3], estimate[2, 5] = 0.1, 0.3
    active = np.array([False, True, True, False])
    expected = 10 / np.log(10) * np.sqrt(2) * (0.1 + 0.3) / 2
    assert cepstral_distortion(reference, estimate, active) == pytest.approx(expected)
    with pytest.raises(ValueError, match="active"):
        cepstral_distortion(reference, estimate, np.zeros(4, bool))


def test_one_row_stands_for_all_frames() -> None:
    rng = np.random.default_rng(0)
    frames, row = rng.normal(size=(6, 25)), rng.normal(size=25)
    active = np.ones(6, bool)
    repeated = cepstral_distortion(frames, np.tile(row, (6, 1)), active)
    assert cepstral_distortion(frames, row, active) == repeated


def test_distortion_is_zero_for_the_same_up_to_level() -> None:
    wave = np.random.default_rng(0).normal(size=RATE) * 0.1
    assert mel_cepstral_distortion(wave, wave, RATE) == 0.0
    assert mel_cepstral_distortion(wave, 0.3 * wave, RATE) < 0.01
    assert mel_cepstral_distortion(wave, np.convolve(wave, [1, -0.9])[:RATE], RATE) > 3


def test_distortion_of_sptk_is_zero_for_the_same_at_any_level() -> None:
    wave = np.random.default_rng(0).normal(size=RATE) * 0.1
    assert sptk_distortion(wave, wave, RATE) == 0.0
    assert sptk_distortion(wave, 0.01 * wave, RATE) < 1e-3
    assert sptk_distortion(wave, np.convolve(wave, [1, -0.9])[:RATE], RATE) > 3


def test_distortion_of_sptk_is_that_of_a_known_filter() -> None:
    """exp(a z^-1) adds a cos(w) to the log spectrum, whose warped cosines are known."""
    gain, alpha = 0.5, 0.42
    wave = np.random.default_rng(1).normal(size=4 * RATE) * 0.1
    taps = gain ** np.arange(12) / np.cumprod([1, *range(1, 12)])
    warped = gain * (1 - alpha**2) * (-alpha) ** np.arange(24)
    expected = 10 / np.log(10) * np.sqrt(2 * np.sum(warped**2))
    found = sptk_distortion(wave, np.convolve(wave, taps)[: len(wave)], RATE)
    assert found == pytest.approx(expected, rel=0.05)


def test_quiet_frames_do_not_count() -> None:
    wave = np.random.default_rng(0).normal(size=RATE) * 0.1
    wave[RATE // 2 :] *= 1e-3
    active = active_frames(wave, RATE)
    assert active[:95].all() and not active[105:].any()
    other = wave.copy()
    other[RATE // 2 + 400 :] = np.random.default_rng(1).normal(size=RATE // 2 - 400) * 1e-4
    assert mel_cepstral_distortion(wave, other, RATE) < 0.3


def test_f0_error_in_cents() -> None:
    error = f0_error(tone(200.0), tone(200.0 * 2 ** (1 / 12)), RATE)
    assert error["F0 RMSE"] == pytest.approx(100.0, abs=3.0)
    assert error["voicing error"] < 0.05


def glide(start_hz: float, octaves: float) -> np.ndarray:
    time = np.arange(RATE) / RATE
    phase = 2 * np.pi * np.cumsum(start_hz * 2 ** (octaves * time)) / RATE
    return 0.1 * sum(np.sin(k * phase) / k for k in range(1, 20))


def test_f0_correlation_is_that_of_the_melody() -> None:
    rising = glide(120.0, 1.0)
    assert f0_error(rising, glide(150.0, 0.7), RATE)["F0 correlation"] > 0.99
    assert f0_error(rising, glide(240.0, -1.0), RATE)["F0 correlation"] < -0.99
    assert np.isnan(f0_error(rising, tone(200.0), RATE)["F0 correlation"])


def test_voicing_error_counts_frames_voiced_in_one_only() -> None:
    noise = np.random.default_rng(0).normal(size=RATE) * 0.1
    half = np.where(np.arange(RATE) < RATE // 2, tone(200.0), noise)
    assert f0_error(tone(200.0), half, RATE)["voicing error"] == pytest.approx(0.5, abs=0.05)
    nothing = f0_error(tone(200.0), np.zeros(RATE), RATE)
    assert np.isnan(nothing["F0 RMSE"]) and np.isnan(nothing["F0 correlation"])
    assert nothing["voicing error"] > 0.9


@pytest.mark.parametrize("tracker", [f0, pyin_f0])
def test_hum_counts_as_a_voice_only_where_f0_may_be_so_low(tracker: Tracker) -> None:
    """A pause with 60 Hz mains in one and noise in the other, before it the same voice in both."""
    noise = np.random.default_rng(0).normal(size=RATE) * 0.01
    hum = 0.1 * np.sin(2 * np.pi * 60.0 * np.arange(RATE) / RATE)
    is_voice = np.arange(RATE) < RATE // 2
    humming, quiet = (np.where(is_voice, tone(200.0), pause) for pause in (hum, noise))
    anything = f0_error(humming, quiet, RATE, tracker=tracker)
    voices = f0_error(humming, quiet, RATE, tracker=tracker, lowest_f0_hz=65.0)
    assert anything["voicing error"] == pytest.approx(0.5, abs=0.06)
    assert voices["voicing error"] < 0.1  # the one edge
    assert voices["F0 RMSE"] < 5.0
