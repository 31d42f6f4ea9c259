"""Waveform losses against values computed by hand."""

from __future__ import annotations

import math

import pytest
import torch

from speechgen.losses import l1, negative_segmental_snr, negative_si_sdr


def test_l1_is_the_mean_over_all_entries() -> None:
    assert l1(torch.tensor([[1.0, 2.0], [0.0, 0.0]]), torch.zeros(2, 2)).item() == 0.75


def test_si_sdr_of_orthogonal_noise_is_the_energy_ratio() -> None:
    time = torch.arange(1600) / 1600
    target = torch.sin(2 * math.pi * 40 * time)
    noise = 0.1 * torch.sin(2 * math.pi * 90 * time)
    assert negative_si_sdr(target + noise, target).item() == pytest.approx(-20.0, abs=1e-3)


def test_si_sdr_ignores_scale_and_offset_and_averages_the_batch() -> None:
    target, noise = torch.randn(2, 3, 1, 4000)
    estimate = target + 0.3 * noise
    value = negative_si_sdr(estimate, target)
    torch.testing.assert_close(negative_si_sdr(-7 * estimate + 0.5, target), value)
    each = torch.stack([negative_si_sdr(e, t) for e, t in zip(estimate, target, strict=True)])
    torch.testing.assert_close(each.mean(), value)


def test_silence_gives_finite_values_and_slopes() -> None:
    for target in (torch.zeros(1, 100), torch.randn(1, 100)):
        for start in (torch.zeros(1, 100), target.clone()):
            estimate = start.requires_grad_(True)
            loss = negative_si_sdr(estimate, target)
            loss.backward()
            assert loss.isfinite()
            assert estimate.grad.isfinite().all()


@pytest.mark.parametrize("loss", [l1, negative_si_sdr, negative_segmental_snr])
def test_shapes_that_would_broadcast_are_refused(loss) -> None:
    with pytest.raises(ValueError, match="estimate"):
        loss(torch.zeros(2, 1, 8), torch.zeros(2, 8))


def test_segmental_snr_counts_every_frame_alike() -> None:
    # A loud frame at 20 dB and a quiet one at 0 dB: the mean is 10 dB, whatever their levels.
    target = torch.cat([torch.ones(512), 0.01 * torch.ones(512)])[None]
    error = torch.cat([0.1 * torch.ones(512), 0.01 * torch.ones(512)])[None]
    value = -negative_segmental_snr(target + error, target, limits_db=(-100.0, 100.0)).item()
    assert value == pytest.approx(10.0, abs=0.02)


def test_segmental_snr_stays_within_its_limits() -> None:
    target = torch.randn(2, 1, 2048)
    assert -negative_segmental_snr(target, target).item() == pytest.approx(35.0, abs=0.01)
    assert -negative_segmental_snr(1e4 * target, target).item() == pytest.approx(-10.0, abs=0.01)
    middle = -negative_segmental_snr(target * (1 + 10**-0.5), target).item()
    assert middle == pytest.approx(10.0, abs=0.1)
    silent = torch.zeros(1, 1, 600, requires_grad=True)
    negative_segmental_snr(silent, torch.zeros(1, 1, 600)).backward()
    assert silent.grad.isfinite().all()
    with pytest.raises(ValueError, match="frame"):
        negative_segmental_snr(target[..., :100], target[..., :100])
