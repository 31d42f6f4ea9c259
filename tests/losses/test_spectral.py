"""Spectral losses: zero where they must be, by hand, and indifferent to phase."""

from __future__ import annotations

import math

import pytest
import torch

from speechgen.losses import (
    LIGHT_RESOLUTIONS,
    PAPER_RESOLUTIONS,
    log_magnitude,
    multi_resolution_stft,
    spectral_convergence,
)


@pytest.mark.parametrize("resolutions", [PAPER_RESOLUTIONS, LIGHT_RESOLUTIONS])
def test_zero_for_equal_signals_and_for_a_flipped_sign(resolutions) -> None:
    wave = torch.randn(2, 1, 4000)
    assert multi_resolution_stft(wave, wave, resolutions=resolutions).item() == 0.0
    assert multi_resolution_stft(-wave, wave, resolutions=resolutions).item() == 0.0


def test_a_factor_of_two_by_hand() -> None:
    # |2X - X| / |X| = 1 and |log 2X - log X| = log 2, at every resolution.
    wave = torch.randn(2, 1, 4000)
    assert multi_resolution_stft(2 * wave, wave).item() == pytest.approx(1 + math.log(2), rel=1e-3)


def test_terms_by_hand() -> None:
    target = torch.tensor([[[3.0, 4.0]], [[1.0, 1.0]]])
    estimate = torch.tensor([[[3.0, 4.0]], [[math.e, 1.0]]])
    expected = 0.5 * (math.e - 1) / math.sqrt(2)
    assert spectral_convergence(estimate, target).item() == pytest.approx(expected)
    assert log_magnitude(estimate, target).item() == pytest.approx(0.25)


def test_silence_gives_finite_values_and_slopes() -> None:
    for target in (torch.zeros(1, 1, 3000), torch.randn(1, 1, 3000)):
        estimate = torch.zeros(1, 1, 3000, requires_grad=True)
        loss = multi_resolution_stft(estimate, target)
        loss.backward()
        assert loss.isfinite()
        assert estimate.grad.isfinite().all()


def test_descending_it_brings_the_spectrum_closer() -> None:
    target = torch.randn(1, 1, 2048)
    estimate = (0.3 * torch.randn(1, 1, 2048)).requires_grad_(True)
    first = multi_resolution_stft(estimate, target)
    (slope,) = torch.autograd.grad(first, estimate)
    assert multi_resolution_stft(estimate - 20 * slope, target) < first


def test_shapes_that_would_broadcast_are_refused() -> None:
    with pytest.raises((ValueError, TypeError), match="estimate"):
        multi_resolution_stft(torch.zeros(2, 1, 3000), torch.zeros(1, 1, 3000))
