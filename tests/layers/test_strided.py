"""Strided convolutions: exact lengths, adjointness, and weights that keep the variance."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from speechgen.layers import initialise, strided_down, strided_padding, strided_up

GEOMETRIES = [(31, 2), (15, 4), (8, 4), (5, 5), (4, 2), (3, 2), (9, 3)]


@pytest.mark.parametrize(("kernel_size", "stride"), GEOMETRIES)
@pytest.mark.parametrize("frames", [1, 2, 7])
def test_lengths_are_exact(kernel_size: int, stride: int, frames: int) -> None:
    wave = torch.randn(2, 3, frames * stride)
    low = strided_down(3, 4, kernel_size, stride)(wave)
    assert low.shape == (2, 4, frames)
    assert strided_up(4, 3, kernel_size, stride)(low).shape == wave.shape


@pytest.mark.parametrize(("kernel_size", "stride"), GEOMETRIES)
def test_up_is_the_adjoint_of_down(kernel_size: int, stride: int) -> None:
    # <down(x), y> == <x, up(y)> with shared weights: both have the same alignment in time.
    down = strided_down(2, 3, kernel_size, stride, bias=False).double()
    up = strided_up(3, 2, kernel_size, stride, bias=False).double()
    up.weight.data = down.weight.data
    x = torch.randn(1, 2, 6 * stride, dtype=torch.float64)
    y = torch.randn(1, 3, 6, dtype=torch.float64)
    torch.testing.assert_close((down(x) * y).sum(), (x * up(y)).sum())


@pytest.mark.parametrize(("kernel_size", "stride"), [(3, 4), (5, 1), (1, 2)])
def test_geometries_that_lose_samples_are_refused(kernel_size: int, stride: int) -> None:
    with pytest.raises(ValueError, match="stride"):
        strided_padding(kernel_size, stride)


@pytest.mark.parametrize("slope", [1.0, 0.25])
@pytest.mark.parametrize("make", [strided_down, strided_up])
def test_initial_weights_keep_the_variance(make, slope: float) -> None:
    layer = make(64, 64, 16, 4)
    initialise(layer, negative_slope=slope)
    out = nn.functional.leaky_relu(layer(torch.randn(4, 64, 512)), slope)[..., 8:-8]
    assert out.square().mean().item() == pytest.approx(1.0, rel=0.15)
