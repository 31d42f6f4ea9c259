"""Denoising, contractive and stacked autoencoders."""

from __future__ import annotations

import functools
from typing import Any

import torch

from speechgen.images.data.dataset import digits
from speechgen.images.training.corruption import corrupt
from speechgen.images.training.reconstruction import ReconstructionObjective
from speechgen.training import compose
from speechgen.training.objectives import build_objective, objective_settings

EXPERIMENTS = ("denoising_autoencoder", "contractive_autoencoder", "stacked_autoencoder")
SHAPE = [1, 8, 8]


def objective_of(name: str, network: Any) -> ReconstructionObjective:
    """The objective of a packaged experiment round ``network``."""
    values = compose([f"experiment={name}", "data.train=x", "output=x"])["objective"]
    built = build_objective(objective_settings(values, "images"), network, None, None)  # type: ignore[arg-type]
    assert isinstance(built, ReconstructionObjective)
    return built


@functools.cache
def batch(count: int = 8) -> dict[str, torch.Tensor]:
    return {"image": torch.from_numpy(digits().images[:count]).float() / 255}


def fit(objective: ReconstructionObjective, steps: int, rate: float) -> None:
    optimizer = objective.configure_optimizers()
    for group in optimizer.param_groups:
        group["lr"] = rate
    for objective.steps_done in range(steps):
        optimizer.zero_grad()
        objective.training_step(batch(), 0).backward()
        optimizer.step()


def test_the_encoder_sees_worse_and_the_target_is_clean(configured: Any) -> None:
    network = configured("denoising_autoencoder", image_shape=SHAPE)
    objective = objective_of("denoising_autoencoder", network)
    seen: list[torch.Tensor] = []
    network.encoder.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    clean = batch()["image"]
    torch.manual_seed(5)
    loss = objective.training_step({"image": clean}, 0)
    torch.manual_seed(5)
    expected = corrupt(clean, objective.corruption, objective.corruption_level)
    assert torch.equal(seen[0], expected)
    assert not torch.equal(seen[0], clean)
    logits = network.decode_logits(network.latents(expected)).flatten(1)
    nats = torch.distributions.Bernoulli(logits=logits, validate_args=False)
    torch.testing.assert_close(loss, -nats.log_prob(clean.flatten(1)).sum(1).mean())


def test_what_was_corrupted_comes_back_cleaner(configured: Any) -> None:
    network = configured("denoising_autoencoder", image_shape=SHAPE)
    objective = objective_of("denoising_autoencoder", network)
    fit(objective, 80, 1e-2)
    clean = batch()["image"]
    noisy = corrupt(clean, "masking", 0.25, torch.Generator().manual_seed(9))
    with torch.no_grad():
        restored = network.reconstruct(noisy)
    assert (restored - clean).square().mean() < 0.2 * (noisy - clean).square().mean()


def test_the_contractive_term_is_the_norm_of_the_numeric_jacobian(configured: Any) -> None:
    network = configured("contractive_autoencoder", image_shape=[1, 3, 3], latent=5).double()
    objective = objective_of("contractive_autoencoder", network)
    x = torch.rand(4, 1, 3, 3, dtype=torch.float64)
    columns = []
    for place in range(9):
        step = torch.zeros(9, dtype=torch.float64)
        step[place] = 1e-5
        step = step.reshape(1, 1, 3, 3)
        columns.append((network.latents(x + step) - network.latents(x - step)) / 2e-5)
    norm = torch.stack(columns, dim=2).square().sum((1, 2)).mean()
    assert objective.weights["contractive"] > 0
    assert network.sigmoid_layer is not None
    torch.testing.assert_close(objective.losses(x, x)["contractive"], norm)


def test_any_other_encoder_has_the_same_term_by_differentiation(configured: Any) -> None:
    network = configured("stacked_autoencoder", image_shape=[1, 3, 3]).double()
    assert network.sigmoid_layer is None
    objective = objective_of("contractive_autoencoder", network)
    x = torch.rand(2, 1, 3, 3, dtype=torch.float64)
    jacobian = torch.func.vmap(torch.func.jacrev(lambda one: network.latents(one[None])[0]))(x)
    term = objective.losses(x, x)["contractive"]
    torch.testing.assert_close(term, jacobian.flatten(1).square().sum(1).mean())


def test_the_penalty_contracts(configured: Any) -> None:
    norms = []
    for weight in (0.0, 10.0):
        network = configured("contractive_autoencoder", image_shape=SHAPE)
        objective = objective_of("contractive_autoencoder", network)
        objective.weights["contractive"] = weight
        fit(objective, 30, 1e-2)
        objective.weights["contractive"] = 1.0
        images = batch()["image"]
        norms.append(objective.losses(images, images)["contractive"].item())
    assert norms[1] < 0.5 * norms[0]


def test_a_stack_learns_layer_by_layer_and_then_by_heart(configured: Any) -> None:
    network = configured("stacked_autoencoder", image_shape=SHAPE, hidden=[64, 48], latent=24)
    objective = objective_of("stacked_autoencoder", network)
    assert objective.layer_steps > 0
    objective.layer_steps, objective.corruption = 60, "none"
    fit(objective, 3 * 60, 3e-2)  # one layer after the other
    assert objective.layer_in_training == 2
    with torch.no_grad():
        alone = objective.validation_values(batch())["mse"].item()
    objective.layer_steps = 0
    fit(objective, 150, 1e-2)  # all together
    with torch.no_grad():
        together = objective.validation_values(batch())["mse"].item()
    spread = batch()["image"].var(0).mean().item()
    assert alone < spread  # better than the mean image before any joint step
    assert together < 1e-3
