"""Margin losses against values done by hand."""

from __future__ import annotations

import math

import pytest
import torch

from speechgen.losses.speaker import (
    additive_angular_margin_loss,
    additive_margin_loss,
    nearest_centre,
    speaker_cosines,
)


def test_cosines() -> None:
    embeddings = torch.tensor([[2.0, 0.0], [1.0, 1.0]])
    prototypes = torch.tensor([[0.5, 0.0], [0.0, 3.0]])
    half = math.sqrt(0.5)
    torch.testing.assert_close(
        speaker_cosines(embeddings, prototypes), torch.tensor([[1.0, 0.0], [half, half]])
    )


def test_additive_margin_by_hand() -> None:
    loss = additive_margin_loss(
        torch.tensor([[0.8, 0.3]]), torch.tensor([0]), margin=0.2, scale=10.0
    )
    assert loss.item() == pytest.approx(math.log(1 + math.exp(10 * (0.3 - 0.6))), rel=1e-5)


def test_additive_angular_margin_by_hand() -> None:
    cosine = math.cos(1.0)
    loss = additive_angular_margin_loss(
        torch.tensor([[cosine, 0.3]]), torch.tensor([0]), margin=0.2, scale=10.0
    )
    assert loss.item() == pytest.approx(
        math.log(1 + math.exp(10 * (0.3 - math.cos(1.2)))), rel=1e-4
    )


@pytest.mark.parametrize("loss", [additive_margin_loss, additive_angular_margin_loss])
def test_without_margin_it_is_cross_entropy(loss: object) -> None:
    cosines = torch.rand(6, 4) * 1.8 - 0.9
    labels = torch.tensor([0, 1, 2, 3, 0, 1])
    expected = torch.nn.functional.cross_entropy(5.0 * cosines, labels)
    torch.testing.assert_close(loss(cosines, labels, margin=0.0, scale=5.0), expected)


@pytest.mark.parametrize("loss", [additive_margin_loss, additive_angular_margin_loss])
def test_more_alike_is_always_better(loss: object) -> None:
    right = torch.linspace(-0.999, 0.999, 101, requires_grad=True)
    cosines = torch.stack([right, torch.zeros(101)], dim=1)
    total = loss(cosines, torch.zeros(101, dtype=torch.long), margin=0.3, scale=4.0)
    (gradient,) = torch.autograd.grad(total, right)
    assert (gradient < 0).all()


def test_the_nearest_of_a_class_s_centres_counts() -> None:
    cosines = torch.tensor([[0.1, 0.7, -0.2, -0.9], [0.3, 0.2, 0.8, 0.85]])
    torch.testing.assert_close(nearest_centre(cosines, 2), torch.tensor([[0.7, -0.2], [0.3, 0.85]]))
    torch.testing.assert_close(nearest_centre(cosines, 1), cosines)
