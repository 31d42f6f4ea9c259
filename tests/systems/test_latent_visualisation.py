"""Visualising latents: scatter plots, interpolation, and arithmetic with attributes."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from speechgen.images.data.dataset import digits
from speechgen.images.sampling.latent import attribute_arithmetic, interpolate, latent_plane
from speechgen.images.training.variational import VariationalObjective
from speechgen.training.loop.optimisation import OptimizerSettings

EXPERIMENTS = ("vae", "conv_vae", "conditional_vae")


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_arithmetic_decodes_the_sum_of_mean_codes(configured: Any, name: str) -> None:
    model = configured(name, image_shape=[1, 5, 4]).eval()
    sets = [torch.rand(num, 1, 5, 4) for num in (3, 5, 4)]
    labels = [torch.full((len(one),), k) if model.num_classes else None
              for k, one in enumerate(sets)]  # fmt: skip
    codes = [model.latents(*pair).mean(dim=0) for pair in zip(sets, labels, strict=True)]
    target = None if labels[2] is None else labels[2][:1]
    wanted = model.decode((codes[0] - codes[1] + codes[2])[None], target)
    found = attribute_arithmetic(model, *sets, labels=labels)
    torch.testing.assert_close(found, wanted)
    # a - a + c is c's own mean image
    same = attribute_arithmetic(
        model, sets[0], sets[0], sets[2], labels=[labels[0], labels[0], labels[2]]
    )
    torch.testing.assert_close(same, model.decode(codes[2][None], target))


def test_a_trained_plane_tells_digits_apart(configured: Any) -> None:
    data = digits()
    chosen = data.labels < 2
    images = torch.from_numpy(data.images[chosen]).float() / 255.0
    labels = torch.from_numpy(data.labels[chosen])
    model = configured("vae", image_shape=[1, 8, 8], hidden=[64], latent=2)
    objective = VariationalObjective(
        model, optimizer=OptimizerSettings(name="adam", learning_rate=5e-3)
    )
    optimizer = objective.configure_optimizers()
    for _ in range(150):
        optimizer.zero_grad()
        objective.training_step({"image": images, "label": labels}, 0).backward()
        optimizer.step()
    with torch.no_grad():
        points = latent_plane(model.latents(images))
        centres = torch.stack([points[labels == k].mean(dim=0) for k in range(2)])
        nearest = torch.cdist(points, centres).argmin(dim=1)
        assert (nearest == labels).float().mean() > 0.9
        # half way between a nought and a one the picture is neither
        points = interpolate(centres[0], centres[1], 3)
        pictures = model.decode(points)
    assert (pictures[1] - pictures[0]).abs().max() > 0.1
    assert (pictures[1] - pictures[2]).abs().max() > 0.1
