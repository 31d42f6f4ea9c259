"""Distances between log-mel spectra."""

from __future__ import annotations

import math

import pytest
import torch

from speechgen.losses.mel import mel_matrix, multi_resolution_mel, quartered

RESOLUTIONS = quartered((64, 256))


def test_equal_waves_have_none_and_a_gain_has_its_logarithm():
    wave = torch.randn(2, 1, 2000)
    options = {"sample_rate": 8000, "resolutions": RESOLUTIONS}
    assert float(multi_resolution_mel(wave, wave, **options)) == 0.0
    assert float(multi_resolution_mel(2.0 * wave, wave, **options)) == pytest.approx(
        math.log(2.0), rel=1e-3
    )


def test_below_the_floor_nothing_counts():
    options = {"sample_rate": 8000, "resolutions": RESOLUTIONS}
    quiet = 1e-6 * torch.randn(1, 1, 2000)
    assert float(multi_resolution_mel(quiet, torch.zeros_like(quiet), **options)) == 0.0


def test_filters_average_and_cover_all_but_the_ends():
    filters = mel_matrix(8000, 256, 40)
    assert filters.shape == (40, 129)
    torch.testing.assert_close(filters.sum(dim=1), torch.ones(40))
    assert (filters[:, 1:-1].sum(dim=0) > 0).all()
