"""A frozen network passes gradients on, keeps none, and none of its state moves."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from speechgen.adversarial import frozen


def stateful_network() -> nn.Sequential:
    """Batch norm keeps running statistics and spectral norm a power iteration."""
    return nn.Sequential(
        nn.utils.parametrizations.spectral_norm(nn.Conv1d(1, 4, 3)),
        nn.BatchNorm1d(4),
        nn.Flatten(),
        nn.Linear(4 * 6, 1),
    )


def test_gradients_pass_through_and_none_stay() -> None:
    network, x = stateful_network(), torch.randn(5, 1, 8, requires_grad=True)
    with frozen(network):
        network(x).square().mean().backward()
    assert x.grad.abs().max() > 0
    assert all(p.grad is None for p in network.parameters())
    assert all(p.requires_grad for p in network.parameters())


def test_buffers_are_the_same_tensors_with_the_same_values() -> None:
    network = stateful_network().train()
    network(torch.randn(5, 1, 8))
    before = {name: (buffer, buffer.clone()) for name, buffer in network.named_buffers()}
    assert before
    with frozen(network):
        network(10 + torch.randn(5, 1, 8))
    for name, buffer in network.named_buffers():
        assert buffer is before[name][0]
        assert torch.equal(buffer, before[name][1]), name


def test_backward_after_the_block_keeps_none_either() -> None:
    network, x = stateful_network(), torch.randn(5, 1, 8, requires_grad=True)
    with frozen(network):
        loss = network(x).mean()
    loss.backward()
    assert x.grad.isfinite().all()
    assert all(p.grad is None for p in network.parameters())


def test_modes_and_flags_come_back_even_after_an_error() -> None:
    network = stateful_network().train()
    network[3].bias.requires_grad_(False)
    with pytest.raises(KeyError), frozen(network):
        network.eval()
        raise KeyError
    assert all(module.training for module in network.modules())
    assert not network[3].bias.requires_grad
    assert network[3].weight.requires_grad
