"""Virtual batch norm: hand-computed values, and independence of the other examples."""

from __future__ import annotations

import pytest
import torch

from speechgen.layers import VirtualBatchNorm


def test_values_by_hand() -> None:
    # Reference: one example with values 0, 2 -> mean 1, mean square 2.
    # Example: values 3, 5 -> mean 4, mean square 17. R = 1, so both count one half:
    # mean 2.5, mean square 9.5, variance 9.5 - 6.25 = 3.25.
    norm = VirtualBatchNorm(1, epsilon=0.0).double()
    x = torch.tensor([[[0.0, 2.0]], [[3.0, 5.0]]], dtype=torch.float64)
    out = norm(x, 1)
    torch.testing.assert_close(out[0, 0], torch.tensor([-1.0, 1.0], dtype=torch.float64))
    expected = torch.tensor([0.5, 2.5], dtype=torch.float64) / 3.25**0.5
    torch.testing.assert_close(out[1, 0], expected, rtol=1e-6, atol=1e-6)


def test_weights_of_two_references_by_hand() -> None:
    # References have means 0 and 3, mean squares 1 and 10: together 1.5 and 5.5. The example has
    # mean 6 and mean square 37 and counts 1/3: mean 3, mean square 16, variance 7.
    norm = VirtualBatchNorm(1, epsilon=0.0)
    x = torch.tensor([[[-1.0, 1.0]], [[2.0, 4.0]], [[5.0, 7.0]]])
    torch.testing.assert_close(norm(x, 2)[2, 0], torch.tensor([2.0, 4.0]) / 7**0.5)


def test_an_example_does_not_see_its_neighbours() -> None:
    norm = VirtualBatchNorm(3)
    reference, a, b, other = torch.randn(4, 2, 3, 20).unbind()
    together = norm(torch.cat([reference, a, b]), 2)[2:4]
    elsewhere = norm(torch.cat([reference, a, 100 * other]), 2)[2:4]
    torch.testing.assert_close(together, elsewhere)


def test_the_reference_moves_an_example_and_gradients_reach_it() -> None:
    norm = VirtualBatchNorm(2)
    reference = torch.randn(3, 2, 10, requires_grad=True)
    example = torch.randn(1, 2, 10)
    out = norm(torch.cat([reference, example]), 3)[3:]
    out.square().sum().backward()
    assert reference.grad.abs().max() > 0
    moved = norm(torch.cat([reference + 1, example]), 3)[3:]
    assert (moved - out).abs().min() > 0.05


def test_nothing_is_remembered() -> None:
    norm = VirtualBatchNorm(2)
    assert not list(norm.buffers())
    x = torch.randn(3, 2, 10)
    before = norm(x, 1)
    norm(7 + 5 * torch.randn(4, 2, 10), 2)
    torch.testing.assert_close(norm(x, 1), before, rtol=0, atol=0)


def test_a_constant_channel_is_finite_and_a_missing_reference_is_refused() -> None:
    norm = VirtualBatchNorm(1)
    assert norm(torch.full((2, 1, 8), 1e3), 1).isfinite().all()
    with pytest.raises(ValueError, match="reference"):
        norm(torch.zeros(2, 1, 8), 0)
