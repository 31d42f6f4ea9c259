"""InfoGAN: the bound L_I, the trunk that D and Q share, a code that can be read."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch

from speechgen.adversarial import CodeSpace

EXPERIMENTS = ("infogan",)
KINDS = 4


def toy(count: int, stream: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """4x4 images with one bright quadrant of four, a little noise, and which it is."""
    which = torch.randint(KINDS, (count,), generator=stream)
    images = 0.1 * torch.rand(count, 1, 4, 4, generator=stream)
    for example, kind in enumerate(which.tolist()):
        top, left = 2 * (kind // 2), 2 * (kind % 2)
        images[example, 0, top : top + 2, left : left + 2] += 0.8
    return images, which


def test_the_bound_never_passes_the_codes_entropy() -> None:
    space = CodeSpace((KINDS,), 0)
    codes = space.draw(200)
    for scale in (0.0, 1.0, 50.0):
        assert space.bound_nats(scale * torch.randn(200, KINDS), codes) <= math.log(KINDS)
    assert space.bound_nats(1e4 * codes, codes).item() <= space.entropy_nats + 1e-6


def test_q_is_the_discriminators_trunk_and_one_layer(
    configured: Callable[..., Any], played: Callable[..., Any]
) -> None:
    network = configured("infogan", image_shape=[1, 8, 8], channels=4)
    discriminator = played("infogan", network, []).discriminator
    trunk = {name: p.data_ptr() for name, p in discriminator.trunk.named_parameters()}
    own = {name: p.data_ptr() for name, p in discriminator.recogniser.named_parameters()}
    shared = {f"trunk.{name}": place for name, place in trunk.items()}
    assert shared.items() <= own.items()
    assert own.keys() - shared.keys() == {"codes.weight", "codes.bias"}
    buffers = {b.data_ptr() for b in discriminator.trunk.buffers()}
    assert buffers == {b.data_ptr() for b in discriminator.recogniser.buffers()}
    images = torch.randn(3, 1, 8, 8)
    discriminator.eval()
    expected = discriminator.recogniser.codes(discriminator(images)[1][0][-1].flatten(1))
    torch.testing.assert_close(discriminator.recogniser(images), expected)


def test_the_categorical_code_is_recovered_and_means_the_kind(
    configured: Callable[..., Any], played: Callable[..., Any]
) -> None:
    stream = torch.Generator().manual_seed(0)
    network = configured(
        "infogan", image_shape=[1, 4, 4], channels=16, noise_size=4,
        categories=[KINDS], continuous=0,
    )  # fmt: skip
    batches = [{"image": toy(64, stream)[0]} for _ in range(200)]
    discriminator = {"name": "infogan_discriminator", "arguments": {"channels": 16}}
    fast = {"name": "adam", "learning_rate": 2e-3, "schedule": "constant", "betas": [0.5, 0.999]}
    gan = played("infogan", network, batches, discriminator=discriminator, optimizer=fast)
    network.eval()
    gan.discriminator.eval()
    with torch.no_grad():
        latents = network.draw(400, generator=stream)
        images, codes = network(latents), network.code_of(latents)
        params = gan.discriminator.recogniser(images)
    assert network.codes.recovered(params, codes) > 0.8
    assert 0.8 * math.log(KINDS) < network.codes.bound_nats(params, codes) <= math.log(KINDS)
    quadrants = images.unfold(2, 2, 2).unfold(3, 2, 2).flatten(4).mean(-1).flatten(1)
    table = torch.zeros(KINDS, KINDS).index_put(
        (codes.argmax(1), quadrants.argmax(1)), torch.ones(400), accumulate=True
    )
    assert table.max(dim=1).values.sum() / 400 > 0.8  # a code makes one kind of image
