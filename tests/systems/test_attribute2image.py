"""Attribute2Image: a gated foreground that follows attributes, before a background."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from speechgen.errors import ModelError
from speechgen.images.data.dataset import digits
from speechgen.training import compose
from speechgen.training.objectives import build_objective, objective_settings

EXPERIMENTS = ("attribute2image",)
SIZES = {
    "image_shape": [1, 8, 8], "channels": [8, 16], "features": 32,
    "latent_foreground": 6, "latent_background": 2,
}  # fmt: skip


def test_the_image_is_composed_of_two_layers(configured: Any) -> None:
    network = configured("attribute2image", **(SIZES | {"image_shape": [3, 9, 7]}))
    latents, labels, ink = torch.randn(4, 8), torch.tensor([0, 3, 3, 9]), torch.randn(4)
    foreground, gate, background = network.layers(latents, labels, ink)
    assert foreground.shape == background.shape == (4, 3, 9, 7)
    assert gate.shape == (4, 1, 9, 7)
    composed = gate * foreground + (1 - gate) * background
    torch.testing.assert_close(network.composite(latents, labels, ink), composed)
    torch.testing.assert_close(network.decode(latents, labels, ink), composed)
    mean = network.observation.mean(network.params_of(latents, labels, ink))
    torch.testing.assert_close(mean, composed)


@pytest.mark.parametrize("open_gate", [True, False])
def test_the_gate_chooses_the_layer(configured: Any, open_gate: bool) -> None:
    network = configured("attribute2image", **SIZES)
    last = network.foreground[-1].levels[-1].up
    with torch.no_grad():
        last.bias[-1] = 100.0 if open_gate else -100.0
    latents, labels = torch.randn(4, 8), torch.tensor([0, 3, 3, 9])
    foreground, _, background = network.layers(latents, labels)
    wanted = foreground if open_gate else background
    torch.testing.assert_close(network.decode(latents, labels), wanted)


def test_attributes_change_the_foreground_alone(configured: Any) -> None:
    network = configured("attribute2image", **SIZES)
    latents = torch.randn(1, 8)

    def layers(label: int, ink: float) -> Any:
        return network.layers(latents, torch.tensor([label]), torch.tensor([ink]))

    usual, other_class, more_ink = layers(2, 0.0), layers(7, 0.0), layers(2, 1.5)
    for changed in (other_class, more_ink):
        assert not torch.allclose(usual[0], changed[0])
        assert not torch.allclose(usual[1], changed[1])
        assert torch.equal(usual[2], changed[2])
    moved = latents.clone()
    moved[:, 6:] += 1.0  # the background's latents
    foreground, gate, background = network.layers(moved, torch.tensor([2]), torch.tensor([0.0]))
    assert torch.equal(foreground, usual[0]) and torch.equal(gate, usual[1])
    assert not torch.allclose(background, usual[2])


def test_labels_are_needed(configured: Any) -> None:
    network = configured("attribute2image", **SIZES)
    with pytest.raises(ModelError, match="labels"):
        network.sample(2, generator=torch.Generator())


def test_more_ink_is_drawn_where_more_is_asked_for(configured: Any) -> None:
    network = configured("attribute2image", **SIZES)
    values = compose(["experiment=attribute2image", "data.train=x", "output=x"])["objective"]
    objective = build_objective(objective_settings(values, "images"), network, None, None)  # type: ignore[arg-type]
    everything = digits()
    images = torch.from_numpy(everything.images).float() / 255
    labels = torch.from_numpy(everything.labels).long()
    optimizer: Any = objective.configure_optimizers()
    for group in optimizer.param_groups:
        group["lr"] = 5e-3
    generator = torch.Generator().manual_seed(0)
    losses = []
    for _ in range(150):
        drawn = torch.randint(len(images), (64,), generator=generator)
        optimizer.zero_grad()
        loss = objective.training_step({"image": images[drawn], "label": labels[drawn]}, 0)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    network.eval()
    classes = torch.arange(10).repeat(10)
    with torch.no_grad():
        thin, thick = (
            network.sample(
                100, generator=torch.Generator().manual_seed(1), labels=classes,
                ink=torch.full((100,), ink),
            ).mean()
            for ink in (-1.5, 1.5)
        )  # fmt: skip
        again = network.reconstruct(images[:50], labels[:50])
    asked = 3.0 * images.flatten(1).mean(1).std()
    assert sum(losses[-20:]) < 0.75 * sum(losses[:20])
    assert thick - thin > 0.4 * asked
    assert (again - images[:50]).square().mean() < 0.8 * images.var(0).mean()
