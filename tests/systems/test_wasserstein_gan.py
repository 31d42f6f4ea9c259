"""Wasserstein GAN: distance by a 1-Lipschitz critic, with penalty, clipping or spectral norm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from speechgen import registry
from speechgen.adversarial import clip_weights, find_gan_loss, gradient_penalty

EXPERIMENTS = ("dcgan_wasserstein",)


def primal(one: torch.Tensor, other: torch.Tensor) -> float:
    """W1 of two samples on a line: the best transport keeps the order."""
    return (one.flatten().sort().values - other.flatten().sort().values).abs().mean().item()


def critic(hidden: int = 48) -> Any:
    arguments = {"image_shape": [1, 1, 1], "hidden": [hidden]}
    return registry.build("mlp_discriminator", arguments)


def test_a_penalised_critic_recovers_the_shift_of_gaussians() -> None:
    shift, discriminator, gan = 1.5, critic(), find_gan_loss("wasserstein")
    optimizer = torch.optim.Adam(discriminator.parameters(), lr=1e-2, betas=(0.0, 0.9))
    duals = []
    for step in range(400):
        real, fake = torch.randn(256, 1, 1, 1) + shift, torch.randn(256, 1, 1, 1)
        loss = gan.discriminator(discriminator(real)[0], discriminator(fake)[0])
        duals.append(-loss.item())
        penalty = gradient_penalty(discriminator, real, fake)
        optimizer.zero_grad()
        (loss + (50.0 if step >= 20 else 0.0) * penalty).backward()
        optimizer.step()
    dual = sum(duals[-150:]) / 150
    assert dual == pytest.approx(shift, rel=0.05)
    one, other = torch.randn(20000) + shift, torch.randn(20000)
    assert primal(one, other) == pytest.approx(shift, rel=0.05)


def test_no_1_lipschitz_critic_gives_more_than_the_primal() -> None:
    one, other = torch.randn(500, 1) * 2.0 + 1.0, torch.rand(500, 1)
    for function in (torch.sin, torch.abs, lambda x: x, torch.tanh, lambda x: -x.relu()):
        assert (function(one).mean() - function(other).mean()).item() <= primal(one, other) + 1e-6


def test_the_penalty_is_of_one_examples_norm_over_all_its_axes(
    configured: Callable[..., Any], played: Callable[..., Any]
) -> None:
    weight = torch.randn(3, 4, 5)
    real, fake = torch.randn(2, 6, 3, 4, 5)
    linear = gradient_penalty(lambda x: (x * weight).flatten(1).sum(1), real, fake)
    torch.testing.assert_close(linear, (weight.norm() - 1.0).square())
    # two examples of slopes 0 and 2: the mean of (1, 1), not the square of a common norm
    scale = torch.tensor([0.0, 2.0])[:, None]
    mixed = gradient_penalty(lambda x: scale * x[:, 0, 0, :1], real[:2], fake[:2])
    torch.testing.assert_close(mixed, torch.tensor(1.0))
    network = configured("dcgan_wasserstein", image_shape=[1, 8, 8], channels=4)
    one_step = {"image": torch.rand(5 * 4, 1, 8, 8)}  # a batch of 4 for each step of the critic
    gan = played("dcgan_wasserstein", network, [one_step])
    assert gan.values["penalty"] > 0
    assert gan.discriminator.examples_independent  # no batch norm in a critic with penalty
    assert [len(o.state) > 0 for o in gan.optimizers()] == [True, True]


def test_clipped_weights_stay_within_the_bound(
    configured: Callable[..., Any], played: Callable[..., Any]
) -> None:
    network = configured("dcgan_wasserstein", image_shape=[1, 8, 8], channels=4)
    gan = played(
        "dcgan_wasserstein", network, [{"image": torch.rand(5 * 4, 1, 8, 8)}] * 3,
        clip_bound=0.01, weights={},
    )  # fmt: skip
    largest = max(p.abs().max().item() for p in gan.discriminator.parameters())
    assert 0.009 < largest <= 0.01 + 1e-8
    assert max(p.abs().max().item() for p in network.parameters()) > 0.01
    discriminator = critic()
    clip_weights(discriminator, 0.1)
    assert all(p.abs().max() <= 0.1 for p in discriminator.parameters())


def test_spectral_norm_keeps_the_slope_in_bounds() -> None:
    arguments = {"image_shape": [1, 1, 8], "channels": 6, "norm": "spectral", "smallest": 4}
    discriminator = registry.build("dcgan_discriminator", arguments)
    for parameter in discriminator.parameters():
        parameter.data.mul_(20.0)
    for _ in range(40):
        discriminator(torch.randn(2, 1, 1, 8))
    discriminator.eval()
    images = torch.randn(64, 1, 1, 8, requires_grad=True)
    discriminator(images)[0][0].sum().backward()
    # each layer's matrix has norm 1; a kernel of 4 with stride 2 meets a pixel twice, 3 rows at one
    assert images.grad.flatten(1).norm(dim=1).max() < 2.0 * 1.05
