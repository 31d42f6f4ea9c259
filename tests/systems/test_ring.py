"""A ring: N(0, I) pushed through g(z) = z / 10 + z / |z|, and a generator that learns it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from speechgen.images.models.gan.gan_mlp import ring

EXPERIMENTS = ("gan_mlp",)


def test_norms_are_one_and_a_tenth() -> None:
    latents = torch.randn(1000, 2, dtype=torch.float64)
    pushed = ring(latents)
    radii = pushed.norm(dim=1)
    torch.testing.assert_close(radii, 1.0 + latents.norm(dim=1) / 10.0, atol=1e-14, rtol=0)
    directions = pushed / radii[:, None]
    expected = latents / latents.norm(dim=1, keepdim=True)
    torch.testing.assert_close(directions, expected, atol=1e-12, rtol=0)


def as_images(points: torch.Tensor) -> torch.Tensor:
    """Points of a ring as images (1, 1, 2) in [0, 1]."""
    return (0.5 + points / 4.0)[:, None, None]


def test_a_gan_finds_the_ring(configured: Callable[..., Any], played: Callable[..., Any]) -> None:
    network = configured("gan_mlp", image_shape=[1, 1, 2], latent_size=2, hidden=[64, 64])
    batches = [{"image": as_images(ring(torch.randn(128, 2)))} for _ in range(500)]
    discriminator = {"name": "mlp_discriminator", "arguments": {"hidden": [64, 64]}}
    optimizer = {"name": "adam", "learning_rate": 2e-3, "schedule": "constant",
                 "betas": [0.5, 0.9]}  # fmt: skip
    before = radius_error(network)
    played(
        "gan_mlp", network, batches, gan_loss="least_squares", smoothing=0.0,
        discriminator=discriminator, optimizer=optimizer,
    )  # fmt: skip
    assert before > 0.5
    assert radius_error(network) < 0.2
    angles = torch.atan2(*points(network).T) / (2 * torch.pi) + 0.5
    shares = torch.histc(angles, 6, 0.0, 1.0) / len(angles)
    assert shares.min() > 0.08  # all round, no piece left out


def points(network: Any) -> torch.Tensor:
    with torch.no_grad():
        images = network.sample(1000, generator=torch.Generator().manual_seed(0))
    return 4.0 * (images.flatten(1) - 0.5)


def radius_error(network: Any) -> float:
    """Mean distance of the radii from the ring's mean radius, 1.125."""
    return (points(network).norm(dim=1) - 1.125).abs().mean().item()
