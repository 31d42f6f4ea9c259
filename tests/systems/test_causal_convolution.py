"""A causal convolution is one with (k - 1) * dilation zeros on the left, and no future."""

from __future__ import annotations

import pytest
import torch

from speechgen.causal import CausalConv1d, left_padding

EXPERIMENTS = ("wavenet_mel",)


@pytest.mark.parametrize("dilation", [1, 2, 4])
@pytest.mark.parametrize("kernel", [1, 2, 3])
def test_it_is_the_plain_convolution_of_the_padded_sequence(kernel, dilation):
    layer = CausalConv1d(2, 3, kernel, dilation=dilation).double()
    x = torch.randn(1, 2, 12, dtype=torch.float64)
    assert left_padding(kernel, dilation) == (kernel - 1) * dilation
    padded = torch.nn.functional.pad(x, ((kernel - 1) * dilation, 0))
    wanted = torch.nn.functional.conv1d(padded, layer.weight, layer.bias, dilation=dilation)
    assert layer(x).shape[2] == 12
    torch.testing.assert_close(layer(x), wanted)


@pytest.mark.parametrize("time", [1, 5, 11])
def test_the_past_does_not_change_with_the_future(configured, time):
    network = configured("wavenet_mel", stacks=1, layers_per_stack=3, classes=8).double()
    symbols = torch.randint(0, 8, (1, 12))
    other = torch.cat([symbols[:, :time], 7 - symbols[:, time:]], dim=1)
    with torch.no_grad():
        params, changed = network(symbols), network(other)
    assert torch.equal(params[..., : time + 1], changed[..., : time + 1])  # x[t] is hidden from t
    assert time == 11 or not torch.equal(params[..., time + 1], changed[..., time + 1])
