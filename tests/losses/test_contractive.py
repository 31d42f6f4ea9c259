"""The contractive penalty against Jacobians taken by finite differences."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from speechgen.losses.contractive import contractive_penalty, sigmoid_contraction


def numeric(encode: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """(batch,) squared Frobenius norms of Jacobians by central differences, float64."""
    total = torch.zeros(len(x), dtype=x.dtype)
    for place in range(x.shape[1]):
        shift = torch.zeros_like(x)
        shift[:, place] = 1e-5
        column = (encode(x + shift) - encode(x - shift)) / 2e-5
        total += column.detach().square().sum(1)
    return total


def test_it_is_the_norm_of_the_numeric_jacobian() -> None:
    encode = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3)).double()
    x = torch.randn(5, 4, dtype=torch.float64, requires_grad=True)
    torch.testing.assert_close(contractive_penalty(encode(x), x), numeric(encode, x.detach()))


def test_closed_form_of_a_layer_of_sigmoids() -> None:
    layer = nn.Linear(4, 3).double()
    x = torch.randn(5, 4, dtype=torch.float64, requires_grad=True)
    codes = torch.sigmoid(layer(x))
    closed = sigmoid_contraction(codes, layer.weight)
    torch.testing.assert_close(closed, contractive_penalty(codes, x))
    torch.testing.assert_close(
        closed.detach(), numeric(nn.Sequential(layer, nn.Sigmoid()), x.detach())
    )


def test_it_can_be_minimised() -> None:
    encode = nn.Sequential(nn.Linear(4, 3), nn.Sigmoid()).double()
    x = torch.randn(5, 4, dtype=torch.float64, requires_grad=True)
    penalty = contractive_penalty(encode(x), x).mean()
    penalty.backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in encode.parameters())


def test_inputs_must_be_tracked() -> None:
    with pytest.raises(ValueError, match="requires_grad"):
        contractive_penalty(torch.ones(2, 3), torch.ones(2, 4))
