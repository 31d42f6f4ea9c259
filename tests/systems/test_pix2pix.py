"""pix2pix: a U-Net and a patch discriminator; L1 and a GAN loss on (input, output) pairs."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from speechgen.images.models.translation.patch_discriminator import PatchDiscriminator
from speechgen.images.training.translation import TranslationObjective
from speechgen.training.loop.optimisation import OptimizerSettings

EXPERIMENTS = ("pix2pix",)


def objective_of(configured: Any, **options: Any) -> Any:
    network = configured("pix2pix", image_shape=[1, 8, 8], channels=6)
    torch.manual_seed(0)
    discriminator = PatchDiscriminator(image_shape=[1, 8, 8], condition_channels=1, channels=4)
    gan: Any = TranslationObjective(
        network, discriminator, optimizer=OptimizerSettings(), gan_loss="non_saturating", **options
    )
    plain = [torch.optim.Adam(p.parameters(), 5e-3, (0.5, 0.99)) for p in (network, discriminator)]
    gan.optimizers = lambda: plain
    gan.manual_backward = lambda loss: loss.backward()
    return gan


def batch(size: int = 16) -> dict[str, Tensor]:
    """Bright squares, and the same squares dark."""
    image = torch.zeros(size, 1, 8, 8)
    for one, row, column in zip(
        image, torch.randint(0, 6, (size,)), torch.randint(0, 6, (size,)), strict=True
    ):
        one[:, row : row + 3, column : column + 3] = 1.0
    return {"source": image, "image": 1 - image}


def test_every_layer_of_the_decoder_sees_its_mirror_in_the_encoder(configured: Any) -> None:
    network = configured("pix2pix", image_shape=[1, 16, 16], channels=4)
    assert [up.in_channels for up in network.up] == [32, 16 + 16, 8 + 8, 4 + 4]
    inputs: list[Tensor] = []
    outputs: list[Tensor] = []
    for up in network.up[1:]:
        up.register_forward_pre_hook(lambda module, given: inputs.append(given[0]))
    for down in network.down[:-1]:
        down.register_forward_hook(lambda module, given, made: outputs.append(made))
    network(torch.rand(2, 1, 16, 16))
    for given, mirror in zip(inputs, reversed(outputs), strict=True):
        assert torch.equal(given[:, -mirror.shape[1] :], mirror.relu())


def test_the_discriminator_sees_pairs(configured: Any) -> None:
    gan, data = objective_of(configured), batch()
    seen: list[Tensor] = []
    gan.discriminator.register_forward_pre_hook(lambda module, given: seen.append(given[0]))
    made: list[Tensor] = []
    gan.network.register_forward_hook(lambda module, given, image: made.append(image.detach()))
    gan.training_step(data, 0)
    # both in the discriminator's own step, the fake again in the generator's
    real, fake, again = seen
    assert torch.equal(real, torch.cat([data["source"], data["image"]], dim=1))
    assert torch.equal(fake, torch.cat([data["source"], made[0]], dim=1))
    assert torch.equal(again, torch.cat([data["source"], made[1]], dim=1))


def test_the_generator_has_l1_and_gan_loss(configured: Any) -> None:
    gan, data = objective_of(configured), batch()
    paid: list[Tensor] = []
    gan._update = lambda optimizer, loss: paid.append(loss)
    made: list[Tensor] = []
    gan.network.register_forward_hook(lambda module, given, image: made.append(image.detach()))
    gan._generator_step(data, True)
    distance = 2 * (made[0] - data["image"]).abs().mean()  # of pixels in [-1, 1]
    logits = gan.discriminator(torch.cat([data["source"], made[0]], dim=1))[0][0]
    deception = torch.nn.functional.softplus(-logits).mean()
    torch.testing.assert_close(paid[0], 100 * distance + deception)
    torch.testing.assert_close(gan.values["l1"], distance)


def test_the_discriminator_learns_to_tell_right_pairs_from_wrong_ones(configured: Any) -> None:
    """Only a conditional discriminator can tell that a source and an image are unrelated."""
    discriminator = objective_of(configured).discriminator
    optimizer = torch.optim.Adam(discriminator.parameters(), 5e-3)
    softplus = torch.nn.functional.softplus

    def scores() -> tuple[Tensor, Tensor]:
        data = batch(32)
        source, image = data["source"], data["image"]
        pairs = torch.cat([source, image], dim=1), torch.cat([source, image.roll(1, 0)], dim=1)
        right, wrong = (discriminator(pair)[0][0].mean(dim=(1, 2, 3)) for pair in pairs)
        return right, wrong

    for _ in range(60):
        right, wrong = scores()
        loss = softplus(-right).mean() + softplus(wrong).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    right, wrong = scores()
    assert (right > 0).float().mean() + (wrong < 0).float().mean() > 1.6


@pytest.mark.parametrize("weights", [{}, {"adversarial": 0.0}])
def test_it_learns_a_translation(configured: Any, weights: dict[str, float]) -> None:
    gan = objective_of(configured, weights=weights)
    torch.manual_seed(1)
    for _ in range(60):
        gan.training_step(batch(), 0)
    gan.eval()
    data = batch(64)
    with torch.no_grad():
        values = gan.validation_values(data)
    flat = (data["image"] - data["image"].mean()).abs().mean()
    assert values["l1"] < 0.3 * flat
