"""Least squares GAN: targets 1 and 0 for D, 1 for G, with the factors 1/2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from speechgen.adversarial import find_gan_loss

EXPERIMENTS = ("dcgan",)


def test_a_discriminator_that_is_right_pays_nothing() -> None:
    game = find_gan_loss("least_squares")
    ones, zeros = torch.ones(7, 1), torch.zeros(7, 1)
    assert game.discriminator([ones], [zeros]).item() == 0.0
    assert game.discriminator([0.5 * ones], [0.5 * ones]).item() == 0.25
    assert game.discriminator([zeros], [ones]).item() == 1.0
    assert game.generator([ones]).item() == 0.0
    assert game.generator([zeros]).item() == 0.5


def test_the_best_discriminator_is_p_over_p_plus_q_here_too() -> None:
    # equation 5 of arXiv:1611.04076 with a = 0, b = 1
    p, q = torch.tensor([0.7, 0.2, 0.1]), torch.tensor([0.1, 0.3, 0.6])
    logits = (p / (p + q)).requires_grad_(True)
    (0.5 * p * (logits - 1).square() + 0.5 * q * logits.square()).sum().backward()
    assert logits.grad.abs().max() < 1e-7


def test_the_game_of_a_configuration_plays_it(
    configured: Callable[..., Any], played: Callable[..., Any]
) -> None:
    network = configured("dcgan", image_shape=[1, 8, 8], channels=4)
    batch = {"image": torch.rand(4, 1, 8, 8)}
    game = played("dcgan", network, [], gan_loss="least_squares", smoothing=0.0)
    game.discriminator.head.weight.data.zero_()  # every logit is the bias
    game.discriminator.head.bias.data.fill_(0.5)
    game._discriminator_step(batch)
    assert game.values["discriminator"].item() == pytest.approx(0.25)
    game.discriminator.head.weight.data.zero_()
    game.discriminator.head.bias.data.fill_(3.0)
    game._generator_step(batch, True)
    assert game.values["adversarial"].item() == pytest.approx(0.5 * 4.0)
