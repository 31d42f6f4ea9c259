"""Compressed spectra: zero for equals, values by hand, level of the pair, silence."""

from __future__ import annotations

import math

import pytest
import torch

from speechgen.losses import compressed_spectrum


def test_zero_for_equals_and_the_level_of_a_pair_does_not_count() -> None:
    target, noise = torch.randn(2, 2, 1, 4000)
    estimate = target + 0.5 * noise
    assert compressed_spectrum(target, target).item() == 0.0
    value = compressed_spectrum(estimate, target)
    torch.testing.assert_close(compressed_spectrum(0.01 * estimate, 0.01 * target), value)


def test_a_change_of_level_by_hand() -> None:
    """Of x and g x every magnitude differs by (g^c - 1) |X|^c, and the phases agree."""
    target = torch.randn(1, 1, 8000)
    one = compressed_spectrum(0.25 * target, target)
    other = compressed_spectrum(0.5 * target, target)
    expected = ((1 - 0.25**0.3) / (1 - 0.5**0.3)) ** 2
    assert (one / other).item() == pytest.approx(expected, rel=1e-2)


def test_inversion_costs_phase_only() -> None:
    target = torch.randn(1, 1, 8000)
    softer = compressed_spectrum(0.25 * target, target, phase_weight=1.0)
    inverted = compressed_spectrum(-target, target, phase_weight=1.0)
    assert (inverted / softer).item() == pytest.approx((2 / (1 - 0.25**0.3)) ** 2, rel=1e-2)
    assert compressed_spectrum(-target, target, phase_weight=0.0).item() == pytest.approx(0.0)


def test_silence_is_finite() -> None:
    for target in (torch.zeros(1, 1, 2000), torch.randn(1, 1, 2000)):
        estimate = torch.zeros(1, 1, 2000, requires_grad=True)
        loss = compressed_spectrum(estimate, target)
        loss.backward()
        assert math.isfinite(loss.item())
        assert estimate.grad.isfinite().all()
    with pytest.raises(ValueError, match="window"):
        compressed_spectrum(torch.zeros(1, 100), torch.zeros(1, 100))
