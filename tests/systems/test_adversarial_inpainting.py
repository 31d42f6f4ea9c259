"""Image inpainting with a global and a local discriminator (Iizuka)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from speechgen.images.data.pairs import random_holes
from speechgen.images.models.translation.inpainting_discriminator import InpaintingDiscriminator
from speechgen.images.training.inpainting import InpaintingObjective
from speechgen.training.loop.optimisation import OptimizerSettings

EXPERIMENTS = ("inpainting_gan",)


def stripes(count: int) -> Tensor:
    """Stripes of two rows, of random phase: what is in a hole follows from the rest."""
    phase = torch.randint(0, 4, (count,))
    rows = ((torch.arange(8)[None] + phase[:, None]) // 2 % 2).float()
    return rows[:, None, :, None].expand(-1, 1, -1, 8).contiguous()


def small(configured: Any) -> Any:
    return configured(
        "inpainting_gan", image_shape=[1, 8, 8], channels=8, halvings=1, dilations=[1, 2]
    )


def test_known_pixels_are_bit_identical(configured: Any) -> None:
    network = small(configured).eval()
    images = torch.rand(5, 1, 8, 8)
    known = random_holes(5, 8, 8, generator=torch.Generator().manual_seed(0))
    made = network.inpaint(images, known, generator=torch.Generator().manual_seed(1))
    assert torch.equal(made[known], images[known])
    assert not torch.equal(made[~known], images[~known])
    assert made.shape == images.shape
    assert 0 <= made.min() <= made.max() <= 1


def test_several_inpaintings_from_several_seeds(configured: Any) -> None:
    network = small(configured).eval()
    images, known = torch.rand(2, 1, 8, 8), random_holes(2, 8, 8)
    one, again, other = (
        network.inpaint(images, known, generator=torch.Generator().manual_seed(seed))
        for seed in (3, 3, 4)
    )
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
    assert torch.equal(one[known], other[known])


def test_the_discriminators_see_the_known_pixels_and_the_place_of_the_hole(configured: Any) -> None:
    discriminator = InpaintingDiscriminator(image_shape=[1, 8, 8], channels=2, code=4)
    gan: Any = InpaintingObjective(small(configured), discriminator, optimizer=OptimizerSettings())
    gan._optimizer_of = lambda player: None
    gan._update = lambda optimizer, loss: None
    seen: list[Tensor] = []
    discriminator.register_forward_pre_hook(lambda module, given: seen.append(given[0]))
    images = torch.rand(6, 1, 8, 8)
    gan._generator_step({"image": images}, True)
    (marked,) = seen
    known = marked[:, 1:] > 0.5
    assert torch.equal(marked[:, :1][known], images[known])
    holes = (~known).flatten(1).sum(1)
    assert ((holes >= 4) & (holes <= 16)).all()  # a quarter to a half of 8 pixels, each way


def test_it_learns_what_belongs_in_a_hole(configured: Any) -> None:
    network = small(configured)
    torch.manual_seed(0)
    discriminator = InpaintingDiscriminator(image_shape=[1, 8, 8], channels=4, code=8)
    gan: Any = InpaintingObjective(
        network, discriminator, optimizer=OptimizerSettings(), gan_loss="non_saturating"
    )
    plain = [torch.optim.Adam(p.parameters(), 3e-3, (0.5, 0.99)) for p in (network, discriminator)]
    gan.optimizers = lambda: plain
    gan.manual_backward = lambda loss: loss.backward()
    for _ in range(60):
        gan.training_step({"image": stripes(16)}, 0)
    network.eval()
    with torch.no_grad():
        values = gan.validation_values({"image": stripes(64)})
    assert values["mse"] < 0.25 * values["mse_mean"]
