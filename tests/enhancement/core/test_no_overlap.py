"""Windows without overlap: every window is the model's own, and nothing of the file is lost."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from speechgen.enhancement.core.no_overlap import enhance_no_overlap
from speechgen.errors import ModelError


class Place(nn.Module):
    """Adds to each sample its place in the window, in units of 1e-3."""

    sample_rate = 16000
    window_samples = 64

    def enhance(self, noisy: Tensor) -> Tensor:
        assert noisy.shape[-1] == self.window_samples
        return noisy + 1e-3 * torch.arange(noisy.shape[-1])


@pytest.mark.parametrize("length", [1, 63, 64, 65, 1000])
@pytest.mark.parametrize("channels", [1, 3])
def test_each_sample_comes_from_its_own_window(length: int, channels: int) -> None:
    wave = np.random.default_rng(0).standard_normal((channels, length)).astype(np.float32)
    clean = enhance_no_overlap(Place(), wave, window_batch=2)
    expected = wave + 1e-3 * (np.arange(length) % 64).astype(np.float32)
    np.testing.assert_allclose(clean, expected, atol=1e-6)
    assert clean.dtype == wave.dtype


def test_batches_of_windows_change_nothing() -> None:
    from speechgen.models.segan.generator import SEGANGenerator

    model = SEGANGenerator(channels=(4, 6), stride=4, window_samples=256)
    wave = 0.1 * np.random.default_rng(1).standard_normal((2, 3000)).astype(np.float32)
    one, many = (enhance_no_overlap(model, wave, window_batch=size) for size in (1, 16))
    np.testing.assert_allclose(one, many, atol=1e-6)


def test_what_is_no_enhancer_is_refused() -> None:
    with pytest.raises(ModelError, match="no sample_rate"):
        enhance_no_overlap(nn.Identity(), np.zeros((1, 4), np.float32))
