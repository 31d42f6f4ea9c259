"""Adversarial rule: each turn gives gradients to one player and leaves the other as it was.

Checked for every game, on the turns as training plays them, at the moment after ``backward``.
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
    """Training's own turns with plain optimisers; notes who has gradients after each backward."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        players = (self.network, self.discriminator)
        self.plain = [torch.optim.RMSprop(player.parameters(), 1e-3) for player in players]
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


def play(name: str, **options: Any) -> Watched:
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
def test_each_turn_teaches_one_player(name: str) -> None:
    game = play(name, schedule=GANSchedule(discriminator_steps=2))
    game.training_step(batch(), 0)
    only_d, only_g = {"G": False, "D": True}, {"G": True, "D": False}
    assert game.seen == [only_d, only_d, only_g]
    assert not any_gradient(game.network)
    assert not any_gradient(game.discriminator)


@pytest.mark.parametrize("name", STANDARD_LOSSES)
def test_the_generators_turn_leaves_the_discriminator_as_it_was(name: str) -> None:
    game, data = play(name), batch()
    game.training_step(data, 0)  # chooses the reference
    before = state(game.discriminator), state(game.network)
    game._generator_step(data, True)
    assert not changed(game.discriminator, before[0])
    assert len(changed(game.network, before[1])) > 0.8 * len(before[1])


def test_the_discriminators_turn_leaves_the_generator_as_it_was() -> None:
    game, data = play("least_squares"), batch()
    game.training_step(data, 0)
    before = state(game.discriminator), state(game.network)
    game._discriminator_step(data)
    assert not changed(game.network, before[1])
    moved = changed(game.discriminator, before[0])
    assert {"reference", "reference_chosen"}.isdisjoint(moved)
    assert any(name.startswith("norms") for name in moved)


def test_the_opponent_matters_to_the_generator_and_only_after_the_warm_up() -> None:
    # With no weight on L1 the generator's only teacher is the discriminator.
    weights = {"l1": 0.0, "adversarial": 1.0}
    game = play("least_squares", weights=weights, schedule=GANSchedule(warm_up_steps=1))
    before = state(game.network)
    game.training_step(batch(), 0)
    assert len(game.seen) == 1
    assert not changed(game.network, before)
    game.steps_done = 1
    game.training_step(batch(), 1)
    assert len(game.seen) == 3
    assert changed(game.network, before)


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
