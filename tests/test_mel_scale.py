"""Filters on the mel scale: torchaudio's bit for bit, which the trained models have seen."""

from __future__ import annotations

import pytest
import torch

from speechgen.mel_scale import triangular_filters, unit_area_filters

CASES = [
    (16000, 512, 40, 0.0, 8000.0), (16000, 1024, 80, 0.0, 8000.0), (16000, 400, 40, 20.0, 8000.0),
    (22050, 1024, 80, 0.0, 8000.0), (24000, 2048, 128, 55.0, 11999.0), (8000, 256, 23, 0.0, 4000.0),
    (11025, 64, 5, 0.0, 5512.5), (16000, 128, 21, 1000.0, 7600.0), (48000, 60, 10, 0.0, 24000.0),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_they_are_torchaudios_bit_for_bit(case: tuple[int, int, int, float, float]) -> None:
    from torchaudio.functional import melscale_fbanks

    sample_rate, fft_samples, num_mels, low, high = case
    for norm, filters in ((None, triangular_filters), ("slaney", unit_area_filters)):
        wanted = melscale_fbanks(
            fft_samples // 2 + 1, low, high, num_mels, sample_rate, norm=norm, mel_scale="slaney"
        )
        assert torch.equal(filters(*case), wanted.T)


def test_neighbours_add_up_to_one_between_the_first_and_the_last() -> None:
    filters = triangular_filters(16000, 4096, 40, 0.0, 8000.0)
    peaks = filters.argmax(dim=1)
    assert (peaks.diff() > 0).all()
    inside = filters.sum(dim=0)[peaks[0] : peaks[-1] + 1]
    torch.testing.assert_close(inside, torch.ones_like(inside), atol=1e-4, rtol=0)


def test_an_area_is_one() -> None:
    area = unit_area_filters(16000, 8192, 40, 0.0, 8000.0).sum(dim=1) * (16000 / 8192)
    torch.testing.assert_close(area, torch.ones(40), atol=1e-2, rtol=0)


def test_the_device_of_others_does_not_matter() -> None:
    with torch.device("meta"):
        assert triangular_filters(16000, 512, 40, 0.0, 8000.0).device.type == "cpu"
