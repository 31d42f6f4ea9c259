"""Gated blocks: the formula of the paper, and step equal to forward."""

from __future__ import annotations

import pytest
import torch

from speechgen.causal import GatedBlock, GatedStack
from speechgen.errors import ConfigError


def test_block_is_the_gate_of_the_paper_with_residual_and_skip():
    block = GatedBlock(4, 6, 5, kernel_size=2, dilation=3).double()
    x = torch.randn(2, 4, 20, dtype=torch.float64)
    condition = torch.randn(2, 6, 20, dtype=torch.float64)
    following, skip = block(x, lambda gates: gates + condition)
    gates = block.conv(x) + condition
    gated = torch.tanh(gates[:, :3]) * torch.sigmoid(gates[:, 3:])
    both = torch.einsum("oc,bct->bot", block.out.weight, gated) + block.out.bias[:, None]
    assert torch.allclose(following, x + both[:, :4], atol=1e-12)
    assert torch.allclose(skip, both[:, 4:], atol=1e-12)


@pytest.mark.parametrize("kernel", [2, 3])
def test_stack_step_equals_forward(kernel):
    stack = GatedStack([1, 2, 4, 1, 2, 4], 4, 6, 5, kernel_size=kernel).double()
    x = torch.randn(2, 4, 40, dtype=torch.float64)
    condition = torch.randn(6, 2, 6, 40, dtype=torch.float64)
    with torch.no_grad():
        wanted = stack(x, lambda layer, gates: gates + condition[layer])
        state = stack.initial_state(2)
        for t in range(40):
            skip, state = stack.step(x[:, :, t], state, condition[..., t])
            assert torch.allclose(skip, wanted[:, :, t], atol=1e-12)


def test_an_odd_number_of_gate_channels_is_refused():
    with pytest.raises(ConfigError, match="gate_channels"):
        GatedBlock(4, 7, 4)
