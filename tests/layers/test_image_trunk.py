"""Strided trunks, and the layers of growing networks."""

from __future__ import annotations

import math

import pytest
import torch

from speechgen.layers.equalized_lr import (
    EqualisedConv2d,
    EqualisedLinear,
    pixel_norm,
    with_batch_deviation,
)
from speechgen.layers.image_coders import level_sizes
from speechgen.layers.image_trunk import StridedTrunk, halvings


@pytest.mark.parametrize(("side", "count"), [(64, 4), (32, 3), (28, 3), (16, 2), (8, 1), (4, 1)])
def test_images_are_halved_down_to_four(side: int, count: int) -> None:
    assert halvings((1, side, side)) == count
    assert halvings((1, 1, side)) == count


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 5, 9), (1, 1, 2), (2, 64, 64)])
def test_every_level_halves_and_rounds_up(shape: tuple[int, ...]) -> None:
    levels = halvings(shape)
    trunk = StridedTrunk(shape, [2, 3, 4, 5][:levels])
    features = trunk(torch.randn(2, *shape))
    assert [one.shape[2:] for one in features] == level_sizes(shape, levels)[1:]
    assert features[-1].shape[1:] == trunk.code_shape


@pytest.mark.parametrize("shape", [(1, 7, 7), (1, 8, 8), (1, 5, 6)])
def test_every_pixel_is_seen(shape: tuple[int, ...]) -> None:
    images = torch.randn(1, *shape, requires_grad=True)
    StridedTrunk(shape, [3])(images)[-1].square().sum().backward()
    assert (images.grad != 0).all()


def test_equalised_layers_keep_the_variance_at_any_width() -> None:
    for width in (8, 128):
        out = EqualisedLinear(width, 2000, gain=1.0)(torch.randn(50, width))
        assert out.var().item() == pytest.approx(1, rel=0.1)
        convolution = EqualisedConv2d(width, 64, gain=1.0)
        assert convolution.weight.std().item() == pytest.approx(1, rel=0.1)
        inner = convolution(torch.randn(4, width, 12, 12))[..., 2:-2, 2:-2]
        assert inner.var().item() == pytest.approx(1, rel=0.15)


def test_pixel_norm_and_the_batchs_deviation() -> None:
    x = torch.randn(3, 5, 4, 4)
    lengths = pixel_norm(x).square().mean(dim=1)
    torch.testing.assert_close(lengths, torch.ones(3, 4, 4), atol=1e-4, rtol=0)
    more = with_batch_deviation(x)
    assert torch.equal(more[:, :5], x)
    by_hand = x.std(dim=0, unbiased=False).mean()
    torch.testing.assert_close(more[:, 5], by_hand.expand(3, 4, 4), atol=1e-5, rtol=0)
    alike = with_batch_deviation(x[:1].expand(3, -1, -1, -1))
    assert alike[:, 5].max() == pytest.approx(math.sqrt(1e-8), rel=1e-3)
