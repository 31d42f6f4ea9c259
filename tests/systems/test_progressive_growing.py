"""Progressive growing: alpha 0 is the old resolution, alpha 1 the new one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

EXPERIMENTS = ("progressive_gan",)
SHAPES = ([1, 32, 32], [3, 28, 28], [1, 9, 5])


@pytest.mark.parametrize("shape", SHAPES)
def test_alpha_fades_from_the_old_resolution_to_the_new(
    shape: list[int], configured: Callable[..., Any]
) -> None:
    network = configured("progressive_gan", image_shape=shape, channels=4).double()
    latents = network.draw(2).double()
    assert network.stages >= 2
    for stage in range(1, network.stages):
        old = network.faded(latents, stage - 1, 1.0)
        new = network.faded(latents, stage, 1.0)
        assert torch.equal(network.faded(latents, stage, 0.0), old)
        half = network.faded(latents, stage, 0.5)
        torch.testing.assert_close(half, 0.5 * (old + new))
        assert not torch.allclose(old, new)


def test_the_buffer_chooses_what_is_made(configured: Callable[..., Any]) -> None:
    network = configured("progressive_gan", image_shape=[1, 16, 16], channels=4)
    latents = network.draw(2)
    assert network.growth() == (2, 1.0)  # a new network is full-grown
    for growth, (stage, alpha) in {
        0.0: (0, 1.0), 0.25: (1, 0.25), 1.0: (1, 1.0), 1.999: (2, 0.999), 2.0: (2, 1.0),
    }.items():  # fmt: skip
        network.set_growth(growth)
        assert network.growth() == pytest.approx((stage, alpha))
        torch.testing.assert_close(network(latents), network.faded(latents, stage, alpha))
    with pytest.raises(ValueError, match="growth"):
        network.set_growth(2.5)


def test_a_low_resolution_is_blocks_and_shapes_never_change(
    configured: Callable[..., Any],
) -> None:
    network = configured("progressive_gan", image_shape=[1, 16, 16], channels=4)
    shapes = {name: value.shape for name, value in network.state_dict().items()}
    network.set_growth(0)
    image = network(network.draw(1))
    assert image.shape == (1, 1, 16, 16)
    blocks = image.unfold(2, 4, 4).unfold(3, 4, 4).flatten(4)  # 4x4 blocks of 4x4 pixels
    assert torch.equal(blocks, blocks[..., :1].expand_as(blocks))
    assert {name: value.shape for name, value in network.state_dict().items()} == shapes
    assert not network.growth_units.is_floating_point()  # so that no average is taken of it


def test_the_discriminator_fades_too(
    configured: Callable[..., Any], played: Callable[..., Any]
) -> None:
    network = configured("progressive_gan", image_shape=[1, 16, 16], channels=4)
    discriminator = played("progressive_gan", network, []).discriminator.double()
    images = torch.randn(3, 1, 16, 16, dtype=torch.float64)
    logits = {}
    for growth in (1.0, 1.001, 1.5, 1.999, 2.0):
        discriminator.set_growth(growth)
        logits[growth] = discriminator(images)[0][0]
    torch.testing.assert_close(logits[1.001], logits[1.0], atol=1e-2, rtol=0.05)
    torch.testing.assert_close(logits[1.999], logits[2.0], atol=1e-2, rtol=0.05)
    assert not torch.allclose(logits[1.0], logits[2.0], atol=1e-3)


def test_it_grows_while_it_trains(
    configured: Callable[..., Any], played: Callable[..., Any]
) -> None:
    network = configured("progressive_gan", image_shape=[1, 8, 8], channels=4)
    gan = played("progressive_gan", network, [], growth={"grown_at": 0.5})
    grown = []
    for progress in (0.0, 0.1, 0.3, 0.4, 0.5, 0.9):
        gan.progress = progress
        gan.training_step({"image": torch.rand(4, 1, 8, 8)}, 0)
        grown.append(int(network.growth_units))
        assert gan.discriminator.growth_units == network.growth_units
    assert grown == [0, 0, 200, 600, 1000, 1000]
