"""Lengths of convolutions: T + padding - (k - 1)."""

from __future__ import annotations

import pytest
import torch

from speechgen.causal import CausalConv1d, conv_output_length

EXPERIMENTS = ("wavenet_mel",)


@pytest.mark.parametrize(("time", "padding", "wanted"), [(8, 0, 6), (10, 0, 8), (8, 2, 8)])
def test_the_three_numbers_of_the_slides(time, padding, wanted):
    assert conv_output_length(time, 3, padding=padding) == wanted
    x = torch.nn.functional.pad(torch.randn(1, 1, time), (padding, 0))
    assert torch.nn.functional.conv1d(x, torch.randn(1, 1, 3)).shape[2] == wanted


@pytest.mark.parametrize("dilation", [1, 2, 5])
def test_a_causal_convolution_keeps_the_length(dilation):
    layer = CausalConv1d(2, 3, 3, dilation=dilation)
    padding = layer.receptive_field - 1
    assert conv_output_length(8, 3, dilation=dilation, padding=padding) == 8
    assert layer(torch.randn(1, 2, 8)).shape == (1, 3, 8)


def test_so_does_the_whole_network(configured):
    network = configured("wavenet_mel", stacks=1, layers_per_stack=3, classes=8)
    for time in (1, 7, 8):
        assert network(torch.randint(0, 8, (2, time))).shape == (2, 8, time)
