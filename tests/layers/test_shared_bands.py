"""Bands that share weights: the maps of bands of their own that hold equal weights."""

from __future__ import annotations

import pytest
import torch

from speechgen.layers.band_split import BandMerge, BandSplit
from speechgen.layers.shared_bands import SharedBandMerge, SharedBandSplit

WIDTHS = (2, 2, 2, 3, 4, 4)
BINS = sum(WIDTHS)


def test_a_split_is_that_of_bands_with_equal_weights() -> None:
    shared, own = SharedBandSplit(WIDTHS, 3, 5), BandSplit(WIDTHS, 3, 5)
    with torch.no_grad():
        shared.bias.normal_()
        own.weight.zero_()
        own.bias[:, 0] = shared.bias
        kinds = [shared.runs.index(run) for run in shared.runs for _ in range(run[1])]
        for band, kind in enumerate(kinds):
            own.weight[band, : 3 * WIDTHS[band]] = shared.weights[kind]
    spectrum = torch.randn(7, 2, BINS, 3)
    torch.testing.assert_close(shared(spectrum), own(spectrum), atol=1e-5, rtol=1e-5)


def test_a_merge_is_that_of_bands_with_equal_weights() -> None:
    shared, own = SharedBandMerge(WIDTHS, 4, 2, 3), BandMerge(WIDTHS, 4, 2, 3)
    with torch.no_grad():
        shared.inner_bias.normal_()
        shared.outer_bias.normal_()
        own.inner_bias[:, 0] = shared.inner_bias
        kinds = [shared.runs.index(run) for run in shared.runs for _ in range(run[1])]
        start = 0
        for band, (kind, width) in enumerate(zip(kinds, WIDTHS, strict=True)):
            own.inner[band] = shared.inner
            own.outer[band, :, : 2 * width] = shared.outers[kind]
            own.outer_bias[band, 0, : 2 * width] = shared.outer_bias[start : start + width].ravel()
            start += width
    bands = torch.randn(7, 2, len(WIDTHS), 4)
    torch.testing.assert_close(shared(bands), own(bands), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kind", [BandMerge, SharedBandMerge])
def test_outputs_start_where_they_are_told(kind: type) -> None:
    merge = kind(WIDTHS, 4, 2, 3)
    bands = torch.randn(3, 1, len(WIDTHS), 4)
    before = merge(bands)
    merge.start_at(0.5, spread=0.3)
    out = merge(bands)
    torch.testing.assert_close(out[..., 1], 0.3 * before[..., 1], atol=0.3, rtol=0)
    merge.start_at(9.0, spread=0.0)
    torch.testing.assert_close(merge(bands)[..., 0], torch.full((3, 1, BINS), 9.0))


def test_bad_widths_are_refused() -> None:
    with pytest.raises(ValueError, match="band widths"):
        SharedBandSplit((), 3, 4)
