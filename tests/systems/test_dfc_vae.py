"""DFC-VAE: a perceptual loss by a frozen network's features; attribute directions."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from speechgen.errors import ConfigError
from speechgen.images.data.dataset import digits
from speechgen.images.sampling.latent import attribute_arithmetic
from speechgen.losses.deep_features import deep_feature_distance
from speechgen.training import compose
from speechgen.training.objectives import build_objective, objective_settings

EXPERIMENTS = ("dfc_vae",)
SIZES = {"image_shape": [1, 8, 8], "channels": [8, 16], "features": 32, "latent": 8}


def objective_of(network: Any, **settings: Any) -> Any:
    values = compose(["experiment=dfc_vae", "data.train=x", "output=x"])["objective"]
    return build_objective(objective_settings(values | settings, "images"), network, None, None)  # type: ignore[arg-type]


@pytest.fixture
def images() -> torch.Tensor:
    return torch.from_numpy(digits().images[:64]).float() / 255


def test_equal_images_have_no_distance_and_others_have_one(
    configured: Any, images: torch.Tensor
) -> None:
    objective = objective_of(configured("dfc_vae", **SIZES))
    same = objective.feature_distance(images, images)
    assert torch.equal(same, torch.zeros(64))
    assert (objective.feature_distance(images.flip(0), images) > 0).all()


def test_the_distance_by_hand() -> None:
    ours = [torch.ones(2, 3, 2, 2), torch.zeros(2, 4)]
    theirs = [torch.zeros(2, 3, 2, 2), torch.full((2, 4), 2.0)]
    expected = torch.full((2,), 0.5 * 1.0 + 0.5 * 4.0)
    torch.testing.assert_close(deep_feature_distance(ours, theirs), expected)


def test_the_features_are_frozen_and_the_network_learns(
    configured: Any, images: torch.Tensor
) -> None:
    network = configured("dfc_vae", **SIZES)
    objective = objective_of(network).train()
    assert not objective.features.training
    before = {name: value.clone() for name, value in objective.features.state_dict().items()}
    optimizer = objective.configure_optimizers()
    objective.training_step({"image": images}, 0).backward()
    optimizer.step()
    assert all(p.grad is None for p in objective.features.parameters())
    assert all(torch.equal(v, before[n]) for n, v in objective.features.state_dict().items())
    assert all(p.grad is not None for p in network.parameters())
    known = {id(p) for group in optimizer.param_groups for p in group["params"]}
    assert not known & {id(p) for p in objective.features.parameters()}


def test_target_features_carry_no_gradient(configured: Any, images: torch.Tensor) -> None:
    objective = objective_of(configured("dfc_vae", **SIZES))
    ours, target = (images.clone().requires_grad_() for _ in range(2))
    objective.feature_distance(ours, target * 0.9).sum().backward()
    assert ours.grad is not None and ours.grad.abs().sum() > 0
    assert target.grad is None


def test_pixels_follow_features(configured: Any, images: torch.Tensor) -> None:
    network = configured("dfc_vae", **SIZES)
    objective = objective_of(network, feature_weight=1e4)
    optimizer = objective.configure_optimizers()
    for group in optimizer.param_groups:
        group["lr"] = 3e-3
    with torch.no_grad():
        first = objective.feature_distance(network.reconstruct(images), images).mean()
    for _ in range(120):
        optimizer.zero_grad()
        objective.training_step({"image": images}, 0).backward()
        optimizer.step()
    with torch.no_grad():
        restored = network.reconstruct(images)
        last = objective.feature_distance(restored, images).mean()
    assert last < 0.5 * first
    assert (restored - images).square().mean() < 0.8 * images.var(0).mean()  # no pixel was compared


def test_attributes_are_directions_of_the_latents(configured: Any, images: torch.Tensor) -> None:
    network = configured("dfc_vae", **SIZES).eval()
    has, lacks, target = images[:10], images[10:20], images[20:21]
    direction = network.latents(has).mean(0) - network.latents(lacks).mean(0)
    expected = network.decode(network.latents(target) + direction)
    torch.testing.assert_close(attribute_arithmetic(network, has, lacks, target), expected)


def test_features_of_other_images_are_refused(configured: Any) -> None:
    network = configured("dfc_vae", **SIZES)
    other = {"name": "classifier", "arguments": {"image_shape": [1, 9, 9]}}
    with pytest.raises(ConfigError, match=r"objective.features.*\[1, 8, 8\]"):
        objective_of(network, features=other)
    with pytest.raises(ConfigError, match=r"objective.features"):
        objective_of(network, features={"name": "dense_classifier"})
