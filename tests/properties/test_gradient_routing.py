"""Gradient routing: each step gives gradients to one network and leaves the other unchanged.

Checked for every GAN objective, on the steps of the training itself, right after ``backward``.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from speechgen.adversarial import STANDARD_LOSSES, GANSchedule, find_gan_loss, frozen
from speechgen.models.segan.generator import SEGANDiscriminator, SEGANGenerator
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.objectives.segan import SEGANObjective

SIZE = {"channels": (4, 6), "kernel_size": 9, "stride": 4, "window_samples": 256}


class Watched(SEGANObjective):
    """The training steps with plain optimisers; records which network has gradients."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        networks = (self.network, self.discriminator)
        self.plain = [torch.optim.RMSprop(network.parameters(), 1e-3) for network in networks]
        self.seen: list[dict[str, bool]] = []

    def optimizers(self) -> list[torch.optim.Optimizer]:
        return self.plain

    def manual_backward(self, loss: Tensor) -> None:
        loss.backward()
        self.seen.append({"G": any_gradient(self.network), "D": any_gradient(self.discriminator)})


def any_gradient(network: nn.Module) -> bool:
    return any(p.grad is not None for p in network.parameters())


def state(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


def changed(network: nn.Module, before: dict[str, Tensor]) -> set[str]:
    now = network.state_dict()
    return {name for name in before if not torch.equal(now[name], before[name])}


def objective(name: str, **options: Any) -> Watched:
    return Watched(
        SEGANGenerator(**SIZE).train(),
        SEGANDiscriminator(**SIZE, reference_examples=3).train(),
        optimizer=OptimizerSettings(),
        gan_loss=name,
        **options,
    )


def batch() -> dict[str, Tensor]:
    clean = 0.1 * torch.randn(3, 1, 256)
    return {"clean": clean, "noisy": clean + 0.05 * torch.randn(3, 1, 256)}


@pytest.mark.parametrize("name", STANDARD_LOSSES)
def test_each_step_trains_one_network(name: str) -> None:
    gan = objective(name, schedule=GANSchedule(discriminator_steps=2))
    gan.training_step(batch(), 0)
    only_d, only_g = {"G": False, "D": True}, {"G": True, "D": False}
    assert gan.seen == [only_d, only_d, only_g]
    assert not any_gradient(gan.network)
    assert not any_gradient(gan.discriminator)


@pytest.mark.parametrize("name", STANDARD_LOSSES)
def test_the_generator_step_leaves_the_discriminator_unchanged(name: str) -> None:
    gan, data = objective(name), batch()
    gan.training_step(data, 0)  # chooses the reference
    before = state(gan.discriminator), state(gan.network)
    gan._generator_step(data, True)
    assert not changed(gan.discriminator, before[0])
    assert len(changed(gan.network, before[1])) > 0.8 * len(before[1])


def test_the_discriminator_step_leaves_the_generator_unchanged() -> None:
    gan, data = objective("least_squares"), batch()
    gan.training_step(data, 0)
    before = state(gan.discriminator), state(gan.network)
    gan._discriminator_step(data)
    assert not changed(gan.network, before[1])
    moved = changed(gan.discriminator, before[0])
    assert {"reference", "reference_chosen"}.isdisjoint(moved)
    assert any(name.startswith("norms") for name in moved)


def test_the_discriminator_affects_the_generator_only_after_the_warm_up() -> None:
    # With no weight on L1 the generator learns from the discriminator alone.
    weights = {"l1": 0.0, "adversarial": 1.0}
    gan = objective("least_squares", weights=weights, schedule=GANSchedule(warm_up_steps=1))
    before = state(gan.network)
    gan.training_step(batch(), 0)
    assert len(gan.seen) == 1
    assert not changed(gan.network, before)
    gan.steps_done = 1
    gan.training_step(batch(), 1)
    assert len(gan.seen) == 3
    assert changed(gan.network, before)


@pytest.mark.parametrize("name", STANDARD_LOSSES)
def test_a_discriminator_with_running_statistics_is_left_alone_too(name: str) -> None:
    network = nn.Sequential(nn.Conv1d(1, 4, 3), nn.BatchNorm1d(4), nn.Flatten(), nn.Linear(56, 1))
    generator = nn.Conv1d(1, 1, 3, padding=1)
    before = state(network)
    with frozen(network):
        loss = find_gan_loss(name).generator([network(generator(torch.randn(4, 1, 16)))])
    loss.backward()
    assert not changed(network, before)
    assert not any_gradient(network)
    assert any_gradient(generator)
