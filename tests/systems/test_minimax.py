"""The minimax game: its best discriminator, its value, and k steps of D for each of G."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch

from speechgen.adversarial import DIVERGENCES, find_gan_loss

EXPERIMENTS = ("gan_mlp",)
P = torch.tensor([0.5, 0.3, 0.15, 0.05], dtype=torch.float64)
Q = torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.float64)


def value(logits: torch.Tensor) -> torch.Tensor:
    """V(D, G) on two discrete distributions, by the objective's own terms, symbol by symbol."""
    gan = find_gan_loss("minimax")
    real = torch.stack([gan.real_term(one[None]) for one in logits])
    fake = torch.stack([gan.fake_term(one[None]) for one in logits])
    return -(P * real).sum() - (Q * fake).sum()


def test_the_best_discriminator_is_p_over_p_plus_q() -> None:
    logits = torch.zeros(4, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [logits], max_iter=200, line_search_fn="strong_wolfe", tolerance_grad=1e-12,
        tolerance_change=1e-16,
    )  # fmt: skip

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = -value(logits)
        loss.backward()
        return loss

    optimizer.step(closure)
    torch.testing.assert_close(torch.sigmoid(logits.detach()), P / (P + Q), atol=1e-6, rtol=0)


def test_the_value_there_is_the_jensen_shannon_divergence() -> None:
    best = (P / Q).log()
    middle = (P + Q) / 2
    jsd = 0.5 * ((P * (P / middle).log()).sum() + (Q * (Q / middle).log()).sum())
    expected = 2.0 * jsd - 2.0 * math.log(2.0)
    torch.testing.assert_close(value(best), expected, atol=1e-14, rtol=0)
    torch.testing.assert_close(DIVERGENCES["gan"].between(P, Q), expected)
    for _ in range(10):
        assert value(best + torch.randn(4, dtype=torch.float64)) < expected


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_exactly_k_steps_of_the_discriminator(
    steps: int, configured: Callable[..., Any], played: Callable[..., Any]
) -> None:
    network = configured("gan_mlp", image_shape=[1, 2, 2], hidden=[4])
    batches = [{"image": torch.rand(3 * steps, 1, 2, 2)}] * 4  # fresh images for each step
    gan = played("gan_mlp", network, batches, schedule={"discriminator_steps": steps})
    counts = [
        {int(state["step"]) for state in optimizer.state.values()} for optimizer in gan.optimizers()
    ]
    assert counts == [{4}, {4 * steps}]
