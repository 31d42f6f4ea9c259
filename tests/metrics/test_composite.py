"""The composite measure against published-style golden values, and its parts against theory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.linalg import solve_toeplitz

from speechgen.metrics import composite, log_likelihood_ratio, stoi, weighted_spectral_slope
from speechgen.metrics.composite import _critical_bands, _local_peaks, _predictor
from speechgen.metrics.frames import best_mean, windowed_frames

RATE = 16000
GOLDEN = {
    "PESQ": 1.413,
    "CSIG": 2.640,
    "CBAK": 2.069,
    "COVL": 1.958,
    "SSNR": 1.631,
    "STOI": 0.834,
    "WSS": 48.96,
    "LLR": 0.840,
}


@pytest.fixture(scope="module")
def pairs(corpora: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """The six noisy p287 files of the VoiceBank-DEMAND sample with their clean versions."""
    import soundfile

    folder = corpora / "paired" / "vbdemand_train_samples"
    names = [f"p287_{number:03d}.flac" for number in range(1, 7)]
    return [tuple(soundfile.read(folder / s / n)[0] for s in ("clean", "noisy")) for n in names]


def noise(seed: int = 0, num_samples: int = RATE) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=num_samples) * 0.1


def test_golden_values(pairs: list) -> None:
    rows = [
        {**composite(clean, noisy, RATE), "STOI": stoi(clean, noisy, RATE)}
        for clean, noisy in pairs
    ]
    for name, expected in GOLDEN.items():
        tolerance = 0.0051 if name == "WSS" else 0.00051
        assert np.mean([row[name] for row in rows]) == pytest.approx(expected, abs=tolerance), name


def test_single_precision_gives_the_same(pairs: list) -> None:
    clean, noisy = pairs[0]
    single = composite(clean.astype(np.float32), noisy.astype(np.float32), RATE, pesq=1.5)
    for name, value in composite(clean, noisy, RATE, pesq=1.5).items():
        assert single[name] == pytest.approx(value, abs=1e-3), name


def test_slopes_are_taken_of_the_signal_as_it_is(pairs: list) -> None:
    clean, noisy = pairs[0]
    shrunk = weighted_spectral_slope(clean / 32768, noisy / 32768, RATE)
    assert weighted_spectral_slope(clean, noisy, RATE) > 1.5 * shrunk


def test_equal_signals_have_no_distance_and_full_marks() -> None:
    clean = noise()
    assert log_likelihood_ratio(clean, clean, RATE) == pytest.approx(0.0, abs=1e-9)
    assert weighted_spectral_slope(clean, clean, RATE) == 0.0
    scores = composite(clean, clean, RATE, pesq=4.64)
    assert (scores["CSIG"], scores["CBAK"], scores["COVL"]) == (5.0, 5.0, 5.0)


def test_ratings_are_cut_to_their_scale() -> None:
    scores = composite(noise(), 5 * noise(1) ** 3, RATE, pesq=-30.0)
    assert (scores["CSIG"], scores["CBAK"], scores["COVL"]) == (1.0, 1.0, 1.0)


def test_likelihood_ratio_ignores_level_but_not_colour() -> None:
    clean = noise()
    coloured = np.convolve(clean, [1.0, -0.9])[: len(clean)]
    assert log_likelihood_ratio(clean, 0.5 * clean, RATE) == pytest.approx(0.0, abs=1e-6)
    assert log_likelihood_ratio(clean, coloured, RATE) > 0.3


def test_digital_silence_counts_in_the_likelihood_ratio() -> None:
    clean = noise(num_samples=2 * RATE)
    estimate = clean + 0.3 * noise(1, 2 * RATE)
    voiced = log_likelihood_ratio(clean[:RATE], estimate[:RATE], RATE)
    clean[RATE:] = 0.0
    with_silence = log_likelihood_ratio(clean, estimate, RATE)
    assert np.isfinite(with_silence)
    assert with_silence > voiced + 1.0


def test_predictor_solves_the_normal_equations() -> None:
    frames = windowed_frames(noise(), RATE)[:5]
    lags = np.stack([(frames[:, : 480 - k] * frames[:, k:]).sum(axis=1) for k in range(17)], axis=1)
    for filters, row in zip(_predictor(lags), lags, strict=True):
        np.testing.assert_allclose(filters[1:], -solve_toeplitz(row[:16], row[1:]), rtol=1e-6)


def test_frames_have_the_stated_window_and_count() -> None:
    frames = windowed_frames(np.ones(480 + 7 * 120), RATE)
    assert frames.shape == (7, 480)
    n = np.arange(1, 481)
    np.testing.assert_allclose(frames[0], 0.5 * (1 - np.cos(2 * np.pi * n / 481)))
    with pytest.raises(ValueError, match="too short"):
        windowed_frames(np.ones(599), RATE)


def test_the_worst_twentieth_is_left_out() -> None:
    assert best_mean(np.array([1.0] * 95 + [1000.0] * 5)) == 1.0


def test_local_peaks_by_hand() -> None:
    levels = np.array([[1.0, 3.0, 2.0, 5.0, 6.0]])
    slopes = np.diff(levels)  # up, down, up, up
    np.testing.assert_array_equal(_local_peaks(levels, slopes), [[1.0, 3.0, 5.0, 5.0]])


def test_critical_bands() -> None:
    bands = _critical_bands(RATE, 1024)
    assert bands.shape == (25, 512)
    assert bands[0].max() == pytest.approx(1.0)
    assert (bands.argmax(axis=1)[1:] > bands.argmax(axis=1)[:-1]).all()


def test_slopes_of_a_generated_pair_by_the_golden_implementation() -> None:
    """Stands in for the recordings where there are none; the values follow from those above."""
    rng, time = np.random.default_rng(0), np.arange(16000) / 16000
    clean = sum(np.sin(2 * np.pi * 120 * k * time) / k for k in range(1, 40))
    clean = clean * (0.05 - 0.05 * np.cos(2 * np.pi * 3 * time))
    clean = clean + 1e-4 * rng.standard_normal(16000)
    noisy = clean + 0.02 * rng.standard_normal(16000)
    assert weighted_spectral_slope(clean, noisy, 16000) == pytest.approx(9.3507, abs=1e-3)
    scaled = weighted_spectral_slope(clean / 32768, noisy / 32768, 16000)
    assert scaled == pytest.approx(5.5222, abs=1e-3)  # what a division by 32768 would do
    assert log_likelihood_ratio(clean, noisy, 16000) == pytest.approx(3.3522, abs=1e-3)
