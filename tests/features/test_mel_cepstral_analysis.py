"""Mel-cepstral analysis on spectra whose mel-cepstra are known, and on speech."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from speechgen.audio import read
from speechgen.features import frame_levels_db, mel_cepstra, sptk_mel_cepstra
from speechgen.features.mel_cepstral_analysis import (
    ALPHAS,
    ORDER,
    mel_cepstral_analysis,
    warp_spectrum,
)

ALPHA = ALPHAS[16000]
FREQUENCY = np.linspace(0, np.pi, 257)


def spectrum(cepstra: np.ndarray, alpha: float = ALPHA) -> np.ndarray:
    """Power of ln |H| = sum of c_m cos(m w~), with w~ the angle of the all-pass filter itself."""
    delay = np.exp(-1j * FREQUENCY)
    warped = -np.unwrap(np.angle((delay - alpha) / (1 - alpha * delay)))
    return np.exp(2 * cepstra @ np.cos(np.arange(cepstra.shape[1])[:, None] * warped))


def test_warped_cosines_of_a_delay_are_those_of_the_all_pass_filter() -> None:
    """z^-1 = (y + a) / (1 + a y) = a + (1 - a^2) (y - a y^2 + a^2 y^3 ...) in y = z~^-1."""
    expected = [ALPHA, *((1 - ALPHA**2) * (-ALPHA) ** np.arange(ORDER))]
    found = warp_spectrum(np.cos(FREQUENCY)[None], ORDER, ALPHA)[0]
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_without_warping_it_is_the_cepstrum() -> None:
    power = np.abs(np.fft.rfft([1.0, -0.8], 512)) ** 2  # ln |1 - b z^-1| = - sum b^n cos(n w) / n
    order = np.arange(1, ORDER + 1)
    expected = [0.0, *(-(0.8**order) / order)]
    np.testing.assert_allclose(
        warp_spectrum(0.5 * np.log(power)[None], ORDER, 0.0)[0], expected, atol=1e-9
    )


@pytest.mark.parametrize("alpha", [0.0, 0.31, ALPHA, 0.55])
def test_a_spectrum_of_the_model_is_found_exactly(alpha: float) -> None:
    known = np.random.default_rng(0).normal(size=(7, ORDER + 1)) * 0.3
    found = mel_cepstral_analysis(spectrum(known, alpha), ORDER, alpha)
    np.testing.assert_allclose(found, known, atol=1e-5)


def test_scatter_of_the_periodogram_does_not_pull_the_level_down() -> None:
    """The mean logarithm of an exponential variable is .577 below that of its mean."""
    rng = np.random.default_rng(0)
    known = rng.normal(size=(1, ORDER + 1)) * 0.3
    scattered = spectrum(known) * rng.exponential(size=(2000, 257))
    level = mel_cepstral_analysis(scattered, ORDER, ALPHA)[:, 0].mean()
    naive = warp_spectrum(0.5 * np.log(scattered), ORDER, ALPHA)[:, 0].mean()
    assert abs(level - known[0, 0]) < 0.06
    assert naive - known[0, 0] == pytest.approx(-0.5772 / 2, abs=0.02)


def test_a_level_moves_c0_alone() -> None:
    wave = np.random.default_rng(0).normal(size=4000) * 0.1
    loud, quiet = sptk_mel_cepstra(wave, 16000), sptk_mel_cepstra(0.01 * wave, 16000)
    np.testing.assert_allclose(loud[:, 1:], quiet[:, 1:], atol=1e-3)
    np.testing.assert_allclose(loud[:, 0] - quiet[:, 0], np.log(100), atol=1e-3)


def test_silence_and_rates() -> None:
    assert np.isfinite(sptk_mel_cepstra(np.zeros(1600), 16000)).all()
    for rate in ALPHAS:
        assert sptk_mel_cepstra(np.ones(rate // 10), rate).shape[1] == 25
    with pytest.raises(ValueError, match="11025 Hz: resample"):
        sptk_mel_cepstra(np.ones(1000), 11025)


def test_real_speech_meets_the_condition_of_the_minimum(corpora: Path) -> None:
    """Where the gradient is zero, the mean of I / |H|^2 is 1: c0 could not be better."""
    path = sorted((corpora / "arctic" / "slt").rglob("*.flac"))[6]
    wave = read(path, num_samples=48000)[0][0]
    cepstra = sptk_mel_cepstra(wave, 16000)
    assert cepstra.shape == mel_cepstra(wave, 16000).shape
    levels = frame_levels_db(wave, 16000)
    loud = np.flatnonzero(levels > levels.max() - 40)
    window = np.blackman(400)
    frames = [np.pad(wave, 160)[80 * j : 80 * j + 400] for j in loud if 2 < j < 595]
    periodogram = np.abs(np.fft.rfft(np.array(frames) * window / np.linalg.norm(window), 512)) ** 2
    inside = cepstra[[j for j in loud if 2 < j < 595]]
    ratio = periodogram / spectrum(inside)
    mean = (ratio[:, 1:-1].sum(axis=1) + ratio[:, [0, -1]].sum(axis=1) / 2) / 256
    np.testing.assert_allclose(mean, 1.0, atol=1e-3)
