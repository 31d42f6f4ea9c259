"""Least squares GAN: targets 1 and 0 for D, 1 for G, with the factors 1/2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from speechgen.adversarial import find_gan_loss

EXPERIMENTS = ("dcgan",)


def test_a_discriminator_that_is_right_pays_nothing() -> None:
    gan = find_gan_loss("least_squares")
    ones, zeros = torch.ones(7, 1), torch.zeros(7, 1)
    assert gan.discriminator([ones], [zeros]).item() == 0.0
    assert gan.discriminator([0.5 * ones], [0.5 * ones]).item() == 0.25
    assert gan.discriminator([zeros], [ones]).item() == 1.0
    assert gan.generator([ones]).item() == 0.0
    assert gan.generator([zeros]).item() == 0.5


def test_the_best_discriminator_is_p_over_p_plus_q_here_too() -> None:
    # equation 5 of arXiv:1611.04076 with a = 0, b = 1
    p, q = torch.tensor([0.7, 0.2, 0.1]), torch.tensor([0.1, 0.3, 0.6])
    logits = (p / (p + q)).requires_grad_(True)
    (0.5 * p * (logits - 1).square() + 0.5 * q * logits.square()).sum().backward()
    assert logits.grad.abs().max() < 1e-7


def test_the_gan_loss_of_a_configuration_is_used(
    configured: Callable[..., Any], played: Callable[..., Any]
) -> None:
    network = configured("dcgan", image_shape=[1, 8, 8], channels=4)
    batch = {"image": torch.rand(4, 1, 8, 8)}
    gan = played("dcgan", network, [], gan_loss="least_squares", smoothing=0.0)
    gan.discriminator.head.weight.data.zero_()  # every logit is the bias
    gan.discriminator.head.bias.data.fill_(0.5)
    gan._discriminator_step(batch)
    assert gan.values["discriminator"].item() == pytest.approx(0.25)
    gan.discriminator.head.weight.data.zero_()
    gan.discriminator.head.bias.data.fill_(3.0)
    gan._generator_step(batch, True)
    assert gan.values["adversarial"].item() == pytest.approx(0.5 * 4.0)
