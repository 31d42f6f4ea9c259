"""The causal convolution against torch's, and its step against its forward."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from speechgen.causal import CausalConv1d
from speechgen.errors import ConfigError

SHAPES = [(1, 1), (2, 1), (2, 8), (3, 1), (3, 4)]


def conv_of(kernel, dilation, *, strict=False):
    conv = CausalConv1d(3, 5, kernel, dilation=dilation, strict=strict).double()
    torch.nn.init.normal_(conv.bias)
    return conv


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(("kernel", "dilation"), SHAPES)
def test_forward_is_a_left_padded_convolution(kernel, dilation, strict):
    conv = conv_of(kernel, dilation, strict=strict)
    x = torch.randn(2, 3, 29, dtype=torch.float64)
    padded = F.pad(x, ((kernel - 1) * dilation + strict, 0))[..., : 29 + (kernel - 1) * dilation]
    wanted = F.conv1d(padded, conv.weight, conv.bias, dilation=dilation)
    assert wanted.shape == (2, 5, 29)
    assert torch.allclose(conv(x), wanted, atol=1e-12)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(("kernel", "dilation"), SHAPES)
def test_step_equals_forward(kernel, dilation, strict):
    conv = conv_of(kernel, dilation, strict=strict)
    x = torch.randn(2, 3, 40, dtype=torch.float64)
    state, columns = conv.initial_state(2), []
    with torch.no_grad():
        for t in range(40):
            y_t, state = conv.step(x[:, :, t], state)
            columns.append(y_t)
        assert torch.allclose(torch.stack(columns, dim=2), conv(x), atol=1e-12)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(("kernel", "dilation"), SHAPES)
def test_gradient_support_is_the_taps(kernel, dilation, strict):
    conv = conv_of(kernel, dilation, strict=strict)
    x = torch.randn(1, 3, 40, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(conv(x)[0, :, 30].sum(), x)
    seen = torch.nonzero(gradient[0].abs().sum(dim=0)).flatten().tolist()
    newest = 30 - strict
    assert seen == [newest - tap * dilation for tap in reversed(range(kernel))]
    assert seen[-1] - seen[0] + 1 == conv.receptive_field


def test_sequences_shorter_than_the_padding_keep_their_length():
    assert conv_of(2, 8)(torch.zeros(1, 3, 4, dtype=torch.float64)).shape == (1, 5, 4)


def test_refuses_a_dilation_of_zero():
    with pytest.raises(ConfigError, match="dilation"):
        CausalConv1d(1, 1, 2, dilation=0)
