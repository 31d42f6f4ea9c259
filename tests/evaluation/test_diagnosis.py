"""Dull causes of low scores are named, undone for comparison, and never claimed of sound pairs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from speechgen.audio import resample, write
from speechgen.evaluation import score_enhancement

RATE = 16000
Change = Callable[[np.ndarray], np.ndarray]


@pytest.fixture
def score(tmp_path: Path, speechlike: Callable) -> Callable[..., dict]:
    """Scores of two noisy estimates that went through a change, stored at a rate."""

    def make(change: Change, rate: int = RATE) -> dict:
        rng = np.random.default_rng(0)
        for seed in range(2):
            clean = speechlike(seed=seed)
            estimate = change(clean + 0.02 * rng.normal(size=len(clean)))
            write(tmp_path / "clean" / f"{seed}.wav", clean, RATE, overwrite=True)
            write(tmp_path / "estimates" / f"{seed}.wav", estimate, rate, overwrite=True)
        return score_enhancement(tmp_path / "clean", tmp_path / "estimates", jobs=1)

    return make


def test_sound_pairs_have_no_fault(score: Callable[..., dict]) -> None:
    result = score(lambda wave: 0.8 * wave)
    assert result["diagnosis"] == {"notes": [], "files": {}}


def test_late_soft_and_inverted_is_told_and_mended(score: Callable[..., dict]) -> None:
    right = score(lambda wave: wave)
    result = score(lambda wave: -0.4 * np.pad(wave, (256, 0))[:-256])
    faults, notes = result["diagnosis"]["files"], "\n".join(result["diagnosis"]["notes"])
    assert set(faults) == {"0", "1"}
    for name, fault in faults.items():
        assert fault["lag_samples"] == 256 and fault["inverted"]
        assert fault["gain_db"] == pytest.approx(20 * np.log10(0.4), abs=0.1)
        for metric, margin in (("SI-SDR", 0.5), ("SSNR", 0.5), ("STOI", 0.03)):
            wanted = right["files"][name][metric]
            assert fault["mended"][metric] == pytest.approx(wanted, abs=margin), metric
    assert "2 of 2 estimates: 256 samples late (16.0 ms)" in notes
    assert "softer" in notes and "inverted" in notes
    mean = np.mean([fault["mended"]["SI-SDR"] for fault in faults.values()])
    assert f"SI-SDR {mean:.2f} (now {result['mean']['SI-SDR']:.2f})" in notes


def test_early_and_of_another_length(score: Callable[..., dict]) -> None:
    result = score(lambda wave: wave[40:])
    assert {fault["samples_more"] for fault in result["diagnosis"]["files"].values()} == {-40}
    notes = "\n".join(result["diagnosis"]["notes"])
    assert "40 samples early (2.5 ms)" in notes and "of another length, by -40 samples" in notes


def test_a_low_rate_and_clipping(score: Callable[..., dict]) -> None:
    low = score(lambda wave: resample(wave.astype(np.float32), RATE, 8000), 8000)
    (note,) = low["diagnosis"]["notes"]
    assert "stored at 8000 Hz" in note
    loud = score(lambda wave: np.clip(3 * wave / np.abs(wave).max(), -1, 1))
    assert any("clipped" in note for note in loud["diagnosis"]["notes"])


def test_why_lengths_differ(score: Callable[..., dict]) -> None:
    slow = score(lambda wave: resample(wave.astype(np.float32), RATE, 48000), RATE)
    assert not slow["files"] and slow["mean"]["PESQ"] is None and slow["intervals"] == {}
    assert all(
        "3.00 times as long; perhaps the estimate is at 48000 Hz" in why
        for why in slow["failed"].values()
    )
    late = score(lambda wave: np.pad(wave, (512, 0)))
    assert all("512 samples late (32.0 ms)" in why for why in late["failed"].values())
