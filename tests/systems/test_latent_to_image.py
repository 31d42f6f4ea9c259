"""The typical generator, N(0, I) of 10 to 100 numbers and up-convolutions, and discriminator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from speechgen import registry

EXPERIMENTS = ("dcgan",)

TABLE = {
    8: [(64, 4, 4), (1, 8, 8)],
    16: [(64, 4, 4), (32, 8, 8), (1, 16, 16)],
    28: [(128, 4, 4), (64, 7, 7), (32, 14, 14), (1, 28, 28)],
    32: [(128, 4, 4), (64, 8, 8), (32, 16, 16), (1, 32, 32)],
    64: [(256, 4, 4), (128, 8, 8), (64, 16, 16), (32, 32, 32), (1, 64, 64)],
}
TABLE[8][0] = (32, 4, 4)


@pytest.mark.parametrize("side", TABLE)
def test_shapes_of_both_networks(side: int, configured: Callable[..., Any]) -> None:
    network = configured("dcgan", image_shape=[1, side, side], channels=32)
    shapes = [network.code_shape]
    for layer in network.levels:
        if isinstance(layer, torch.nn.Module) and hasattr(layer, "up"):
            layer.register_forward_hook(lambda _m, _i, out: shapes.append(tuple(out.shape[1:])))
    images = network(network.draw(2))
    assert shapes == TABLE[side]
    discriminator = registry.build(
        "dcgan_discriminator", {"image_shape": [1, side, side], "channels": 32}
    )
    logits, (features,) = discriminator(images)
    assert [tuple(one.shape[2:]) for one in features] == [s[1:] for s in TABLE[side][-2::-1]]
    assert logits[0].shape == (2, 1)


@pytest.mark.parametrize("size", [10, 64, 100])
@pytest.mark.parametrize("prior", ["gaussian", "uniform"])
def test_latents_have_the_size_and_the_prior(
    size: int, prior: str, configured: Callable[..., Any]
) -> None:
    network = configured("dcgan", image_shape=[1, 8, 8], channels=4, latent_size=size, prior=prior)
    latents = network.draw(3000, generator=torch.Generator().manual_seed(0))
    assert latents.shape == (3000, size)
    assert network.dense.in_features == size
    variance = 1.0 if prior == "gaussian" else 1.0 / 3.0
    assert latents.var().item() == pytest.approx(variance, rel=0.05)
    assert latents.mean().abs().item() < 0.02
    assert (latents.abs().max() <= 1) == (prior == "uniform")
    outside = (latents.abs() > 0.5).float().mean().item()
    assert outside == pytest.approx(0.617 if prior == "gaussian" else 0.5, abs=0.02)
