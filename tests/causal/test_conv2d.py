"""Convolutions in raster order: against plain masked kernels, and row by row, pixel by pixel."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from speechgen.causal import CausalConv2d, GatedPixelBlock, RowConv2d, channel_groups, channel_mask
from speechgen.errors import ConfigError

RGB = {"channels": 3}


def test_groups_of_features_are_equal_runs():
    assert channel_groups(6, 3).tolist() == [0, 0, 1, 1, 2, 2]
    assert channel_groups(7, 3).tolist() == [0, 0, 0, 1, 1, 2, 2]
    with pytest.raises(ConfigError, match="3 channels"):
        channel_groups(2, 3)


def test_masks_of_three_channels_are_those_of_the_paper():
    strict = channel_mask(3, 3, 3, strict=True).int().tolist()
    plain = channel_mask(3, 3, 3, strict=False).int().tolist()
    assert strict == [[0, 0, 0], [1, 0, 0], [1, 1, 0]]
    assert plain == [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    halves = channel_mask(6, 3, 3, strict=True, repeats=2).int().tolist()
    assert halves == strict + strict
    assert not channel_mask(4, 2, 1, strict=True).any()
    assert channel_mask(4, 2, 1, strict=False).all()


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("channels", [1, 3])
def test_it_is_the_full_kernel_times_a_mask(channels, strict):
    """Mask A or B of arXiv:1601.06759, figure 2, on a 5 x 5 kernel."""
    layer = CausalConv2d(3, 6, above=2, left=2, right=2, strict=strict, channels=channels).double()
    torch.nn.init.normal_(layer.bias)
    kernel = torch.randn(6, 3, 5, 5, dtype=torch.float64)
    centre = channel_mask(6, 3, channels, strict=strict).double()
    mask = torch.zeros(6, 3, 5, 5, dtype=torch.float64)
    mask[:, :, :2], mask[:, :, 2, :2], mask[:, :, 2, 2] = 1.0, 1.0, centre
    with torch.no_grad():
        layer.above.copy_(kernel[:, :, :2])
        layer.row.copy_(kernel[:, :, 2, : layer.row.shape[2]])
    x = torch.randn(2, 3, 4, 7, dtype=torch.float64)
    torch.testing.assert_close(layer(x), F.conv2d(x, kernel * mask, layer.bias, padding=2))


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("strict", [True, False])
def test_rows_see_rows_above(strict, stride):
    layer = RowConv2d(1, 1, 2, 3, strict=strict, stride=stride).double()
    x = torch.zeros(1, 1, 5, 5, dtype=torch.float64)
    x[0, 0, 2, 2] = 1.0
    felt = layer(x)[0, 0] != layer.bias
    whole = torch.zeros(5, 5, dtype=torch.bool)
    whole[2 + strict : 4 + strict, 1:4] = True
    assert torch.equal(felt, whole[::stride, ::stride])


@pytest.mark.parametrize("arguments", [
    {"above": 1, "left": 1, "right": 1, "strict": True}, {"above": 2, "left": 2, "right": 1},
    {"left": 2}, {"left": 1, "strict": True}, {}, {"strict": True},
    {"left": 1, "strict": True, **RGB}, {"above": 1, "left": 1, **RGB}, {"strict": True, **RGB},
])  # fmt: skip
def test_steps_are_the_pixels_of_the_whole(arguments):
    layer = CausalConv2d(3, 6, **arguments).double()
    torch.nn.init.normal_(layer.bias)
    x = torch.randn(2, 3, 4, 5, dtype=torch.float64)
    add = torch.randn(2, 5, 6, dtype=torch.float64)
    wanted, state = layer(x), layer.initial_state(2, 5)
    with torch.no_grad():
        for row in range(4):
            layer.begin_row(state, add)
            for column in range(5):
                found = layer.step(x[:, :, row, column], state, column)
                torch.testing.assert_close(found, wanted[:, :, row, column] + add[:, column])
                layer.remember(x[:, :, row, column], state, column)


@pytest.mark.parametrize("strict", [True, False])
def test_steps_of_two_stacks_are_the_pixels_of_the_whole(strict):
    block = GatedPixelBlock(4, 4, 3, strict=strict, image_channels=2).double()
    v, h = torch.randn(2, 2, 4, 3, 5, dtype=torch.float64).unbind(0)
    add = torch.randn(2, 16, 1, 1, dtype=torch.float64)
    with torch.no_grad():
        (rows, pixels), state = block(v, h, add), block.initial_state(2, 5)
        for row in range(3):
            before = v[:, :, row - 1 : row] if row else torch.zeros_like(v[:, :, :1])
            newest = before if strict else v[:, :, row : row + 1]
            found = block.begin_row(newest, state, add)
            torch.testing.assert_close(found, rows[:, :, row : row + 1])
            for column in range(5):
                found = block.step(h[:, :, row, column], state, column)
                torch.testing.assert_close(found, pixels[:, :, row, column])


@pytest.mark.parametrize(("make", "words"), [
    (lambda: RowConv2d(1, 1, 1, 2), "odd width"),
    (lambda: CausalConv2d(1, 0), "channels"),
    (lambda: CausalConv2d(1, 1, left=1, right=2), "right no more than left"),
])  # fmt: skip
def test_impossible_sizes_are_refused(make, words):
    with pytest.raises(ConfigError, match=words):
        make()
