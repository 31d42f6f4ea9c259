"""CycleGAN: two inverse translations, learnt without pairs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from speechgen.images.data.dataset import ImageSet
from speechgen.images.data.pairs import ImageDomains
from speechgen.images.models.translation.patch_discriminator import PatchDiscriminator
from speechgen.images.training.cycle_gan import CycleGANObjective
from speechgen.training.loop.optimisation import OptimizerSettings

EXPERIMENTS = ("cycle_gan",)


def objective_of(configured: Any, rate: float = 2e-3, **options: Any) -> Any:
    network = configured("cycle_gan", image_shape=[1, 8, 8], channels=6, halvings=1, blocks=1)
    torch.manual_seed(0)
    discriminators = nn.ModuleList(
        PatchDiscriminator(image_shape=[1, 8, 8], channels=4, norm="instance") for _ in range(2)
    )
    gan: Any = CycleGANObjective(network, discriminators, optimizer=OptimizerSettings(), **options)
    plain = [torch.optim.Adam(p.parameters(), rate, (0.5, 0.99)) for p in (network, discriminators)]
    gan.optimizers = lambda: plain
    gan.manual_backward = lambda loss: loss.backward()
    return gan


def batch(size: int = 6) -> dict[str, Tensor]:
    return {"image_a": torch.rand(size, 1, 8, 8), "image_b": torch.rand(size, 1, 8, 8)}


def test_the_cycle_loss_of_identities_is_zero(configured: Any) -> None:
    gan = objective_of(configured)
    assert gan.validation_values(batch())["cycle"] > 0.1
    gan.network.a_to_b, gan.network.b_to_a = nn.Identity(), nn.Identity()
    assert float(gan.validation_values(batch())["cycle"]) == 0.0
    gan._update = lambda optimizer, loss: None
    gan._generator_step(batch(), True)
    assert float(gan.values["cycle"]) == float(gan.values["identity"]) == 0.0


def test_each_way_there_and_back_has_its_part(configured: Any) -> None:
    """Translations that undo each other cost nothing; where one does not, its cycle is the loss."""
    gan, data = objective_of(configured), batch()

    class Darker(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return images / 2

    class Brighter(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return images * 2

    gan.network.a_to_b, gan.network.b_to_a = Darker(), Brighter()
    assert float(gan.validation_values(data)["cycle"]) < 1e-6
    gan.network.b_to_a = nn.Identity()
    lost = data["image_a"].mean() / 2 + data["image_b"].mean() / 2
    torch.testing.assert_close(gan.validation_values(data)["cycle"], 2 * lost)


def test_the_loader_never_aligns_indices() -> None:
    pictures = np.arange(24, dtype=np.uint8).reshape(24, 1, 1, 1) * np.ones((1, 1, 2, 2), np.uint8)
    data = ImageSet(pictures, np.arange(24) % 2)
    for labels in ({}, {"labels_a": [0], "labels_b": [1]}):
        domains = ImageDomains(data, transforms=("same", "same"), seed=2, **labels)
        items = [domains[index] for index in range(48)]
        numbers = [
            tuple(round(float(item[name][0, 0, 0]) * 255) for name in ("image_a", "image_b"))
            for item in items
        ]
        assert not {a for a, _ in numbers} & {b for _, b in numbers}
        partners: dict[int, set[int]] = {}
        for a, b in numbers:
            partners.setdefault(a, set()).add(b)
        assert sum(len(some) > 1 for some in partners.values()) > 8  # a new one every epoch


@pytest.mark.parametrize("name", ["a_to_b", "b_to_a"])
def test_both_translations_learn_in_one_turn(configured: Any, name: str) -> None:
    gan = objective_of(configured)
    before = {n: p.detach().clone() for n, p in getattr(gan.network, name).named_parameters()}
    gan._generator_step(batch(), True)
    moved = [n for n, p in getattr(gan.network, name).named_parameters() if not p.equal(before[n])]
    assert len(moved) > 0.8 * len(before)


def test_it_finds_the_other_domain_without_pairs(configured: Any) -> None:
    """Bright squares on black, dark ones on white: what is made is soon of the right kind."""
    gan = objective_of(configured, rate=4e-3, gan_loss="least_squares", weights={"identity": 0.0})
    torch.manual_seed(1)

    def squares(size: int) -> Tensor:
        image = torch.zeros(size, 1, 8, 8)
        for one, place in zip(image, torch.randint(0, 6, (size, 2)).tolist(), strict=True):
            one[:, place[0] : place[0] + 3, place[1] : place[1] + 3] = 1.0
        return image

    with torch.no_grad():
        before = gan.validation_values({"image_a": squares(64), "image_b": 1 - squares(64)})
    for _ in range(50):
        gan.training_step({"image_a": squares(8), "image_b": 1 - squares(8)}, 0)
    gan.eval()
    with torch.no_grad():
        a, b = squares(64), 1 - squares(64)
        as_b, as_a = gan.network.translate(a), gan.network.translate(b, "b_to_a")
        cycle = gan.validation_values({"image_a": a, "image_b": b})["cycle"]
    assert abs(float(as_b.mean() - b.mean())) < 0.2
    assert abs(float(as_a.mean() - a.mean())) < 0.2
    assert cycle < 0.5 * before["cycle"]
