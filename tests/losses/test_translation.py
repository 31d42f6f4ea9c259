"""Losses of translations by hand."""

from __future__ import annotations

import pytest
import torch

from speechgen.losses.translation import cycle_consistency, masked_square_error, total_variation


def test_cycle_consistency_is_the_mean_absolute_difference() -> None:
    images = torch.tensor([[[[0.0, 1.0]]]])
    assert float(cycle_consistency(images, images)) == 0.0
    assert float(cycle_consistency(images, torch.tensor([[[[0.5, 0.0]]]]))) == pytest.approx(0.75)


def test_only_marked_pixels_count() -> None:
    images = torch.zeros(1, 2, 1, 3)
    made = torch.tensor([[[[1.0, 2.0, 3.0]], [[0.0, 4.0, 5.0]]]]).requires_grad_()
    where = torch.tensor([[[[True, True, False]]]])
    loss = masked_square_error(images, made, where)
    assert float(loss.detach()) == pytest.approx((1 + 4 + 0 + 16) / 4)
    loss.backward()
    assert made.grad is not None
    assert not made.grad[..., 2].any()
    assert float(masked_square_error(images, made.detach(), ~where & where)) == 0.0


def test_total_variation_by_hand() -> None:
    image = torch.tensor([[[[0.0, 1.0], [0.0, 0.5]]]])
    assert float(total_variation(image)) == pytest.approx((0 + 0.5) / 2 + (1 + 0.5) / 2)
