"""Windows of low delay: overlapping frames add up to one over the last two hops alone."""

from __future__ import annotations

import pytest
import torch

from speechgen.models.spectral.windows import low_delay_windows


@pytest.mark.parametrize(("fft_samples", "hop"), [(512, 256), (512, 128), (512, 144), (130, 13)])
def test_frames_overlap_to_one(fft_samples: int, hop: int) -> None:
    analysis, synthesis = low_delay_windows(fft_samples, hop)
    assert len(analysis) == fft_samples
    assert len(synthesis) == 2 * hop
    product = analysis[-2 * hop :] * synthesis
    torch.testing.assert_close(product[:hop] + product[hop:], torch.ones(hop), atol=1e-5, rtol=0)
    torch.testing.assert_close(product, torch.hann_window(2 * hop), atol=1e-5, rtol=0)


def test_two_hops_have_the_root_of_a_hann_window() -> None:
    analysis, synthesis = low_delay_windows(512, 256)
    torch.testing.assert_close(analysis, torch.hann_window(512).sqrt(), atol=1e-6, rtol=0)
    torch.testing.assert_close(synthesis, analysis, atol=2e-4, rtol=0)


def test_no_gain_is_large() -> None:
    analysis, synthesis = low_delay_windows(512, 64)
    assert analysis.max() <= 1.0
    assert synthesis.max() <= 1.01  # what is edited in a spectrum is not blown up by it


@pytest.mark.parametrize("hop", [0, -1, 257])
def test_bad_hops_are_refused(hop: int) -> None:
    with pytest.raises(ValueError, match="half of fft_samples"):
        low_delay_windows(512, hop)
