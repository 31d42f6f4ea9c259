"""The log-spectral distance against values one can work out."""

from __future__ import annotations

import numpy as np
import pytest

from speechgen.metrics import log_spectral_distance


def noise(seed: int, num_samples: int = 8000) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).standard_normal(num_samples)).astype(np.float32)


def test_a_gain_is_its_decibels_and_sameness_is_none():
    wave = noise(0)
    assert log_spectral_distance(wave, wave, 8000) == 0.0
    assert log_spectral_distance(wave, 0.5 * wave, 8000) == pytest.approx(6.0206, abs=1e-2)


def test_the_mean_is_square_over_bins_and_plain_over_frames():
    """Half of the time 20 dB, else none: 10 dB; a mean square over frames would give 14."""
    wave = noise(1, 16000)
    other = wave * np.where(np.arange(16000) < 8000, 0.1, 1.0).astype(np.float32)
    assert log_spectral_distance(wave, other, 8000) == pytest.approx(10.0, abs=0.3)
    assert log_spectral_distance(noise(2), noise(3), 8000) > 6.0


def test_silence_is_a_floor():
    hush = 1e-7 * noise(4)
    assert log_spectral_distance(hush, 0.0 * hush, 8000) == 0.0
    with pytest.raises(ValueError, match="lengths"):
        log_spectral_distance(hush, hush[:-1], 8000)
