from __future__ import annotations

import numpy as np
import pytest

from speechgen.metrics import ENHANCEMENT_METRICS, enhancement_scores, pesq_wb, stoi


def bursts(seconds: float = 2.0) -> np.ndarray:
    """Harmonic bursts with pauses: enough like speech for the measures to accept it."""
    time = np.arange(round(seconds * 16000)) / 16000
    tone = sum(np.sin(2 * np.pi * 140 * k * time) / k for k in range(1, 20))
    hiss = np.random.default_rng(9).normal(size=len(time)) * 1e-3
    return 0.1 * tone * (np.sin(2 * np.pi * 2.5 * time) > -0.3) + hiss


def test_more_noise_is_worse_in_every_measure() -> None:
    clean = bursts()
    noise = np.random.default_rng(0).normal(size=len(clean))
    little, much = (enhancement_scores(clean, clean + s * noise) for s in (0.005, 0.05))
    assert tuple(little) == ENHANCEMENT_METRICS
    for name in ENHANCEMENT_METRICS:
        assert little[name] > much[name], name


def test_a_perfect_estimate_gets_the_best_marks() -> None:
    clean = bursts()
    scores = enhancement_scores(clean, clean)
    assert scores["PESQ"] == pytest.approx(4.64, abs=0.01)
    assert scores["STOI"] == pytest.approx(1.0)
    assert scores["SSNR"] == 35.0


def test_pesq_wants_its_rate_and_speech() -> None:
    with pytest.raises(ValueError, match="16000"):
        pesq_wb(bursts(), bursts(), 8000)
    with pytest.raises(ValueError, match="PESQ"):
        pesq_wb(np.zeros(16000), np.zeros(16000), 16000)


def test_stoi_of_too_little_speech_is_refused() -> None:
    with pytest.raises(ValueError, match="30 frames"):
        stoi(bursts(0.3), bursts(0.3), 16000)


@pytest.mark.parametrize(
    ("estimate", "reason"),
    [
        (np.zeros(32000), "silent"),
        (np.full(32000, np.nan), "NaN"),
        (np.ones(31000), "lengths differ"),
    ],
)
def test_pairs_without_a_score_are_refused(estimate: np.ndarray, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        enhancement_scores(bursts(), estimate)
