from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from speechgen.audio import write
from speechgen.errors import DataError, OutputError
from speechgen.evaluation import apply_linear_filter, fit_linear_filter, linear_filter_baseline
from speechgen.metrics import si_sdr


def padded_noise(seed: int, num_samples: int = 3000, padding: int = 20) -> np.ndarray:
    """Noise between zeros, so that a filter's run-out is inside."""
    return np.pad(np.random.default_rng(seed).normal(size=num_samples), padding)


def test_a_known_filter_is_recovered() -> None:
    known = np.random.default_rng(9).normal(size=31)
    noisy = [padded_noise(seed, 2000 + 300 * seed) for seed in range(3)]
    pairs = [(apply_linear_filter(known, wave), wave) for wave in noisy]
    np.testing.assert_allclose(fit_linear_filter(pairs, taps=31), known, atol=1e-7)
    wider = fit_linear_filter(pairs, taps=35)
    np.testing.assert_allclose(wider, np.pad(known, 2), atol=1e-7)


def test_it_is_the_least_squares_solution() -> None:
    clean, noisy = padded_noise(0), padded_noise(0) + 0.5 * padded_noise(1)
    taps, half = 7, 3
    columns = [np.roll(noisy, shift) for shift in range(-half, half + 1)]
    expected, *_ = np.linalg.lstsq(np.stack(columns, axis=1), clean, rcond=None)
    np.testing.assert_allclose(fit_linear_filter([(clean, noisy)], taps=taps), expected, atol=1e-6)


def test_application_has_no_delay() -> None:
    delta = np.zeros(9)
    delta[4] = 1.0
    wave = np.random.default_rng(0).normal(size=100)
    np.testing.assert_allclose(apply_linear_filter(delta, wave), wave, atol=1e-12)


def test_wrong_use_is_refused() -> None:
    with pytest.raises(ValueError, match="odd"):
        fit_linear_filter([], taps=8)
    with pytest.raises(DataError, match="silence"):
        fit_linear_filter([(np.zeros(50), np.zeros(50))], taps=3)


def test_folders_are_filtered_and_gain(tmp_path: Path, speechlike: Callable) -> None:
    rng = np.random.default_rng(0)
    clean, noisy = {}, {}
    for index in range(4):
        name = f"u{index}"
        clean[name] = speechlike(seed=index)
        hiss = np.diff(rng.normal(size=len(clean[name]) + 1)) * 0.03  # in the treble
        noisy[name] = clean[name] + hiss
        write(tmp_path / "clean" / f"{name}.wav", clean[name], 16000)
        write(tmp_path / "noisy" / f"{name}.wav", noisy[name], 16000)
    folders = (tmp_path / "clean", tmp_path / "noisy", tmp_path / "noisy", tmp_path / "out")
    done = linear_filter_baseline(*folders, taps=65, limit=3)
    assert (done["pairs"], done["written"], len(done["filter"])) == (3, 4, 65)
    import soundfile

    filtered, rate = soundfile.read(tmp_path / "out" / "u3.wav")
    assert rate == 16000
    assert si_sdr(clean["u3"], filtered) > si_sdr(clean["u3"], noisy["u3"]) + 1
    with pytest.raises(OutputError, match="exists"):
        linear_filter_baseline(*folders, taps=65)
