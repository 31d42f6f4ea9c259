"""Normalised autocorrelations, and their distance."""

from __future__ import annotations

import math

import pytest
import torch

from speechgen.losses.periodicity import autocorrelation, periodicity_distance

RATE = 16000
SHORTEST = RATE // 500


def buzz(period: int, samples: int = 8000) -> torch.Tensor:
    """A few harmonics of a period in whole samples."""
    times = torch.arange(samples) / period
    return 0.1 * sum(torch.cos(2 * math.pi * k * times) for k in range(1, 6))[None]


@pytest.mark.parametrize("period", [40, 97, 160])
def test_a_periodic_wave_repeats_at_its_period(period: int) -> None:
    found = autocorrelation(buzz(period), RATE)[0, 4:-4]
    assert found.shape[1] == RATE // 60 - SHORTEST + 1
    at_period = found[:, period - SHORTEST]
    torch.testing.assert_close(at_period, torch.ones_like(at_period), rtol=0, atol=0.02)
    half = found[:, max(0, round(1.5 * period) - SHORTEST)]
    assert (half < 0.7).all()


def test_noise_does_not_and_silence_has_nothing() -> None:
    torch.manual_seed(0)
    noise = autocorrelation(torch.randn(4, 16000), RATE)[:, 4:-4]
    assert noise.abs().mean() < 0.08
    assert not autocorrelation(torch.zeros(1, 4000), RATE).any()


def test_the_level_does_not_count_and_gradients_are_finite() -> None:
    torch.manual_seed(0)
    wave = (buzz(80) + 0.05 * torch.randn(1, 8000))[None]
    assert float(periodicity_distance(wave, 0.1 * wave, RATE)) < 1e-3
    silent = torch.zeros(1, 1, 8000, requires_grad=True)
    distance = periodicity_distance(silent, wave, RATE)
    distance.backward()
    assert distance > 0.1 and silent.grad is not None and silent.grad.isfinite().all()


def test_hoarse_and_whispered_are_far_from_clear_in_order() -> None:
    torch.manual_seed(0)
    clear, noise = buzz(100)[None], torch.randn(1, 1, 8000)
    distances = [
        float(periodicity_distance(clear + gain * noise, clear, RATE)) for gain in (0.0, 0.05, 0.5)
    ]
    assert distances[0] == 0.0 and distances == sorted(distances) and distances[2] > 0.15
