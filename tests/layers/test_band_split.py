"""Bands: every bin once, nothing crosses a border but through the mixer, values by hand."""

from __future__ import annotations

import pytest
import torch

from speechgen.layers.band_split import BandMerge, BandMixer, BandSplit, speech_bands

WIDTHS = (1, 2, 4)


@pytest.mark.parametrize("bins", [65, 129, 161, 257, 513])
def test_bands_hold_every_bin_and_widen_upwards(bins: int) -> None:
    widths = speech_bands(bins)
    assert sum(widths) == bins
    assert list(widths) == sorted(widths)
    with pytest.raises(ValueError, match="too few"):
        speech_bands(40)


def test_a_band_sees_its_own_bins_alone() -> None:
    split = BandSplit(WIDTHS, 3, 5)
    spectrum = torch.randn(2, 3, 7, 3, requires_grad=True)
    out = split(spectrum)
    assert out.shape == (2, 3, 3, 5)
    out[1, 2, 1].sum().backward()  # the band of bins 1 and 2
    seen = spectrum.grad.abs().sum(-1) > 0
    expected = torch.zeros_like(seen)
    expected[1, 2, 1:3] = True
    assert seen.equal(expected)


def test_a_split_is_a_linear_map_of_its_bins() -> None:
    split = BandSplit(WIDTHS, 1, 2)
    spectrum = torch.randn(1, 1, 7, 1)
    for band, (start, width) in enumerate([(0, 1), (1, 2), (3, 4)]):
        weight = split.weight[band, :width]
        expected = spectrum[0, 0, start : start + width, 0] @ weight + split.bias[band, 0]
        torch.testing.assert_close(split(spectrum)[0, 0, band], expected)


def test_merging_puts_every_band_in_its_place() -> None:
    merge = BandMerge(WIDTHS, 4, 2, 3)
    bands = torch.randn(2, 3, 3, 4, requires_grad=True)
    out = merge(bands)
    assert out.shape == (2, 3, 7, 2)
    out[0, 1, 3:].sum().backward()  # the bins of the last band
    seen = bands.grad.abs().sum(-1) > 0
    expected = torch.zeros_like(seen)
    expected[0, 1, 2] = True
    assert seen.equal(expected)


def test_the_mixer_joins_bands_of_one_frame_only() -> None:
    mixer = BandMixer(3, 4, 2)
    bands = torch.randn(2, 3, 3, 4, requires_grad=True)
    mixer(bands)[0, 1, 0].sum().backward()
    seen = bands.grad.abs().sum(-1) > 0
    expected = torch.zeros_like(seen)
    expected[0, 1] = True
    assert seen.equal(expected)
    with pytest.raises(ValueError, match="groups"):
        BandMixer(3, 4, 3)
