from __future__ import annotations

import numpy as np
import pytest

from speechgen.metrics import segmental_snr, si_sdr

RATE = 16000


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=RATE) * 0.1


def test_segmental_snr_is_clamped_at_both_ends() -> None:
    clean = noise(0)
    assert segmental_snr(clean, clean, RATE) == 35.0
    assert segmental_snr(clean, clean + 100 * noise(1), RATE) == -10.0


def test_segmental_snr_of_a_known_ratio() -> None:
    clean = noise(0)
    assert segmental_snr(clean, 0.9 * clean, RATE) == pytest.approx(20.0)


def test_segmental_snr_is_a_mean_over_frames_in_db() -> None:
    clean = noise(0)
    half = np.where(np.arange(RATE) < RATE // 2, 0.9, 0.97) * clean
    expected = (20.0 - 20.0 * np.log10(0.03)) / 2
    assert segmental_snr(clean, half, RATE) == pytest.approx(expected, abs=0.2)


def test_si_sdr_by_hand() -> None:
    clean = np.array([1.0, -1.0, 1.0, -1.0])
    error = np.array([1.0, 1.0, -1.0, -1.0])  # orthogonal to clean, no mean
    assert si_sdr(clean, clean + 0.1 * error) == pytest.approx(20.0)


@pytest.mark.parametrize(("gain", "offset"), [(0.01, 0.0), (7.0, 0.0), (-1.0, 0.0), (1.0, 3.0)])
def test_si_sdr_ignores_scale_sign_and_offset(gain: float, offset: float) -> None:
    clean, estimate = noise(0), noise(0) + 0.3 * noise(1)
    expected = si_sdr(clean, estimate)
    assert si_sdr(clean, gain * estimate + offset) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("silent", [0, 1])
def test_si_sdr_of_silence_is_refused(silent: int) -> None:
    pair = [noise(0), noise(1)]
    pair[silent] = np.zeros(RATE)
    with pytest.raises(ValueError, match="silent"):
        si_sdr(*pair)
