"""The generator's loss: minimax, J_G = -J_D, and the non-saturating ascent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from speechgen.adversarial import find_gan_loss

EXPERIMENTS = ("gan_mlp", "dcgan")


def slope(name: str, logit: float) -> float:
    fake = torch.tensor([[logit]], requires_grad=True)
    find_gan_loss(name).generator([fake]).backward()
    return fake.grad.item()


def test_minimax_is_the_discriminators_loss_with_the_other_sign() -> None:
    gan = find_gan_loss("minimax")
    real, fake = torch.randn(2, 50, 1, dtype=torch.float64)
    one = fake.clone().requires_grad_(True)
    two = fake.clone().requires_grad_(True)
    gan.generator([one]).backward()
    gan.discriminator([real], [two]).backward()
    torch.testing.assert_close(one.grad, -two.grad)


def test_only_the_non_saturating_loss_has_a_slope_when_losing() -> None:
    assert slope("minimax", -30.0) == pytest.approx(0.0, abs=1e-6)
    assert slope("non_saturating", -30.0) == pytest.approx(-1.0, abs=1e-6)
    assert slope("non_saturating", 0.0) == pytest.approx(-0.5)
    assert slope("minimax", 0.0) == pytest.approx(-0.5)


@pytest.mark.parametrize("name", ["minimax", "non_saturating"])
@pytest.mark.parametrize("logit", [-100.0, 100.0])
def test_sure_logits_are_finite_and_exact(name: str, logit: float) -> None:
    fake = torch.tensor([[logit]])
    loss = find_gan_loss(name).generator([fake]).item()
    expected = max(-logit, 0.0) if name == "non_saturating" else -max(logit, 0.0)
    assert loss == pytest.approx(expected, abs=1e-30)
    assert abs(slope(name, logit)) <= 1.0


@pytest.mark.parametrize(("name", "moves"), [("minimax", False), ("non_saturating", True)])
def test_a_generator_that_is_losing(
    name: str, moves: bool, configured: Callable[..., Any], played: Callable[..., Any]
) -> None:
    network = configured("dcgan", image_shape=[1, 4, 4], channels=4)
    gan = played("dcgan", network, [], gan_loss=name)
    gan.discriminator.head.bias.data.fill_(-40.0)  # sure that all is made
    gradients = []
    gan._update = lambda optimizer, loss: gradients.append(
        torch.autograd.grad(loss, network.dense.weight)[0].abs().max().item()
    )
    gan._generator_step({"image": torch.rand(4, 1, 4, 4)}, True)
    assert (gradients[0] > 1e-9) == moves
