"""The log-likelihood ratio as a loss: it is the measure, and levels and silence do no harm."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from speechgen.audio import read
from speechgen.losses import log_likelihood_ratio
from speechgen.metrics import composite


def test_it_agrees_with_the_measure_about_recordings(corpora: Path) -> None:
    folder = corpora / "paired" / "dns2020_no_reverb_part"
    ours, theirs = [], []
    for path in sorted((folder / "clean").iterdir())[::10]:
        clean, noisy = (read(folder / side / path.name)[0][0] for side in ("clean", "noisy"))
        for part in (1.0, 0.1):
            estimate = clean + np.float32(part) * (noisy - clean)
            pair = (torch.from_numpy(wave)[None] for wave in (estimate, clean))
            ours.append(log_likelihood_ratio(*pair).item())
            theirs.append(composite(clean, estimate, 16000, pesq=1.0)["LLR"])
    assert np.corrcoef(ours, theirs)[0, 1] > 0.999
    # digital silence in some of the recordings is flat to the loss, and not to the measure
    np.testing.assert_allclose(ours, theirs, atol=0.15)
    assert np.mean(np.subtract(ours, theirs)) == pytest.approx(0.0, abs=0.04)


def test_a_dulled_signal_costs_what_prediction_says() -> None:
    """White noise through 1 + b / z, predicted as if white: log of the power of 1 + b / z."""
    generator = torch.Generator().manual_seed(1)
    white = 0.1 * torch.randn(4, 64001, generator=generator)
    coloured = white[:, 1:] + 0.5 * white[:, :-1]
    other = 0.1 * torch.randn(4, 64000, generator=generator)
    # both predictors fit noise of their own: 16 coefficients of some 300 independent samples
    assert log_likelihood_ratio(other, coloured).item() == pytest.approx(
        math.log(1.25) + 2 * 16 / 310, abs=0.05
    )


def test_levels_do_not_count_and_equals_cost_nothing() -> None:
    target = 0.1 * torch.randn(2, 1, 8000)
    estimate = target + 0.05 * torch.randn(2, 1, 8000)
    assert log_likelihood_ratio(target, target).item() == pytest.approx(0.0, abs=1e-4)
    value = log_likelihood_ratio(estimate, target)
    softer = log_likelihood_ratio(0.3 * estimate, target)
    torch.testing.assert_close(softer, value, rtol=1e-3, atol=0)


def test_its_gradient_brings_the_envelopes_together() -> None:
    time = torch.arange(8000) / 16000
    target = sum(0.1 * torch.sin(2 * torch.pi * f * time) for f in (300.0, 1900.0, 3100.0))[None]
    target = target + 0.01 * torch.randn(1, 8000)
    estimate = (target + 0.03 * torch.randn(1, 8000)).requires_grad_()
    loss = log_likelihood_ratio(estimate, target)
    (slope,) = torch.autograd.grad(loss, estimate)
    step = 1e-3 * slope / slope.norm()
    after = log_likelihood_ratio(estimate.detach() - step, target)
    assert (loss - after).item() == pytest.approx(1e-3 * slope.norm().item(), rel=0.1)


@pytest.mark.parametrize("width", [1.0, 30.0, 300.0])
def test_slopes_are_finite_for_frames_without_high_frequencies(width: float) -> None:
    """A band of ``width`` Hz at 250 Hz: a spectrum as steep as behind a codec."""
    spectrum = torch.fft.rfft(torch.randn(4, 16000))
    frequency = torch.arange(8001.0)
    band = torch.exp(-(((frequency - 250.0) / width) ** 2))
    dark = torch.fft.irfft(spectrum * band)
    dark = 0.2 * dark / dark.abs().amax()
    for estimate, target in (
        (dark, 0.1 * torch.randn(4, 16000)),
        (0.5 * dark, dark),
        (dark + 0.01, dark),
    ):
        estimate = estimate.clone().requires_grad_()
        for one in (target, target.flip(0)):
            (slope,) = torch.autograd.grad(log_likelihood_ratio(estimate, one), estimate)
            assert slope.isfinite().all()


@pytest.mark.parametrize("width", [1.0, 30.0, 1000.0])
def test_rounding_of_the_estimate_moves_value_and_slope_by_no_more_than_rounding(
    width: float,
) -> None:
    spectrum = torch.fft.rfft(torch.randn(4, 16000))
    band = torch.exp(-(((torch.arange(8001.0) - 250.0) / width) ** 2))
    dark = torch.fft.irfft(spectrum * band)
    dark = 0.2 * dark / dark.abs().amax()
    estimate = dark + 0.001 * torch.randn(4, 16000)
    found = []
    for wave in (estimate, estimate * (1.0 + 6e-8 * torch.randn(4, 16000))):
        wave = wave.clone().requires_grad_()
        loss = log_likelihood_ratio(wave, dark)
        found.append((loss.detach(), torch.autograd.grad(loss, wave)[0]))
    (value, slope), (other_value, other_slope) = found
    torch.testing.assert_close(other_value, value, rtol=1e-6, atol=0)
    assert (other_slope - slope).norm() < 1e-4 * slope.norm()


def test_silence_is_finite_and_short_signals_are_refused() -> None:
    for target in (torch.zeros(2, 1, 4000), torch.randn(2, 1, 4000)):
        estimate = torch.zeros(2, 1, 4000, requires_grad=True)
        loss = log_likelihood_ratio(estimate, target)
        loss.backward()
        assert math.isfinite(loss.item())
        assert estimate.grad is not None
        assert estimate.grad.isfinite().all()
    with pytest.raises(ValueError, match="frame"):
        log_likelihood_ratio(torch.zeros(1, 400), torch.zeros(1, 400))
    with pytest.raises(ValueError, match="estimate is"):
        log_likelihood_ratio(torch.zeros(1, 4000), torch.zeros(2, 4000))
