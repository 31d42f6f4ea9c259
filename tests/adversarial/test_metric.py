"""MetricGAN's losses by hand."""

from __future__ import annotations

import pytest
import torch

from speechgen.adversarial.metric import (
    metric_discriminator_loss,
    metric_generator_loss,
    normalised_pesq,
)


def test_pesq_from_worst_to_perfect() -> None:
    assert normalised_pesq(1.0) == 0.0
    assert normalised_pesq(4.64) == pytest.approx(1.0)


def test_losses_by_hand() -> None:
    logits = torch.tensor([[0.0], [torch.log(torch.tensor(3.0))]])  # scores 1/2 and 3/4
    loss = metric_discriminator_loss(logits, torch.tensor([1.0, 0.25]))
    assert loss.item() == pytest.approx((0.25 + 0.25) / 2)
    assert metric_generator_loss(logits).item() == pytest.approx((0.25 + 0.0625) / 2)
