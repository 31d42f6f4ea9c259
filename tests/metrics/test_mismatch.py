"""Lag, level and polarity of an estimate, in whatever noise and after whatever cleaning."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from speechgen.metrics.mismatch import find_mismatch, shift_back

RATE = 16000


def syllables(seconds: float = 2.0, seed: int = 0) -> np.ndarray:
    """Noise through moving gates and a resonance, loud in the bass as speech is. (time,)"""
    from scipy.signal import lfilter

    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * RATE)) / RATE
    wave = lfilter([1.0], [1, -1.6, 0.8], rng.normal(size=len(time)))
    return 0.02 * wave * np.clip(np.sin(2 * np.pi * 3 * time + seed), 0, 1)


def late(wave: np.ndarray, lag: int) -> np.ndarray:
    return np.pad(wave, (lag, 0)) if lag >= 0 else wave[-lag:]


@pytest.mark.parametrize("lag", [0, 1, -1, 2, 256, -400, 8000, -8000])
@pytest.mark.parametrize("gain", [1.0, -0.5, 2.0, -1.0])
@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_lag_level_and_polarity_are_found_in_noise(lag: int, gain: float, noise: float) -> None:
    clean = syllables()
    noisy = clean + noise * np.random.default_rng(9).normal(size=len(clean))
    found = find_mismatch(clean, gain * late(noisy, lag), RATE)
    assert found.lag_samples == lag
    assert found.inverted == (gain < 0)
    assert found.gain_db == pytest.approx(20 * np.log10(abs(gain)), abs=0.5)
    assert found.clipped_samples == 0


def test_shifting_back_makes_them_meet() -> None:
    wave = syllables()
    for lag in (-30, 0, 30):
        here, there = shift_back(wave, late(wave, lag), lag)
        np.testing.assert_array_equal(here, there)


def test_no_lag_is_claimed_where_nothing_is_in_common() -> None:
    for seed in range(1, 9):
        assert find_mismatch(syllables(seed=0), syllables(seed=seed), RATE).lag_samples == 0


def test_clipping_counts_what_the_clean_signal_has_not() -> None:
    clean = syllables()
    clean = clean / np.abs(clean).max()
    loud = np.clip(3 * clean, -1, 1)
    expected = np.sum(np.abs(3 * clean) >= 0.999) - np.sum(np.abs(clean) >= 0.999)
    assert expected > 100
    assert find_mismatch(clean, loud, RATE).clipped_samples == expected
    assert find_mismatch(loud, clean, RATE).clipped_samples == 0


def test_recorded_pairs_and_what_is_made_of_them(corpora: Path) -> None:
    """No false alarm on any of them, and every planted lag to the sample."""
    import soundfile
    import torch

    from speechgen.models.classical.log_mmse import LogMMSE

    folder = corpora / "paired" / "dns2020_no_reverb_part"
    for place, file in enumerate(sorted((folder / "clean").iterdir())[::10]):
        clean, noisy = (soundfile.read(folder / side / file.name)[0] for side in ("clean", "noisy"))
        wave = torch.from_numpy(noisy.astype(np.float32))[None, None]
        cleaned = LogMMSE().enhance(wave)[0, 0].numpy()
        for estimate in (noisy, cleaned):
            for lag, gain in ((0, 1.0), (1, 1.0), ([-7, 512][place % 2], -1.0)):
                found = find_mismatch(clean, gain * late(estimate, lag), RATE)
                assert (found.lag_samples, found.inverted) == (lag, gain < 0), file.name
                assert -6 < found.gain_db < 1
