"""Games from image to image: who learns in whose turn, what the judges see, whole runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from speechgen.adversarial import GANSchedule
from speechgen.errors import ConfigError
from speechgen.images.data.dataset import ImageSet, digits, save_images
from speechgen.images.models.translation.cycle_gan import CycleGAN
from speechgen.images.models.translation.inpainting_gan import InpaintingGAN
from speechgen.images.models.translation.pix2pix import Pix2Pix
from speechgen.images.models.translation.srgan import SRGAN
from speechgen.store import load_model
from speechgen.training import run
from speechgen.training.kinds.translation import KINDS
from speechgen.training.loop.metrics_log import read_metrics
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.objectives import objective_settings
from speechgen.training.objectives.gan import GANObjective

SHAPE = (1, 8, 8)
OPPONENTS: dict[str, dict[str, Any]] = {
    "translation": {"name": "patch_discriminator", "arguments": {"channels": 3}},
    "cycle": {"name": "patch_discriminator", "arguments": {"channels": 3, "norm": "instance"}},
    "super_resolution": {
        "name": "srgan_discriminator", "arguments": {"channels": [3, 4], "hidden": 5},
    },
    "completion": {
        "name": "inpainting_gan_discriminator", "arguments": {"channels": 3, "code": 4},
    },
}  # fmt: skip


def network(kind: str) -> nn.Module:
    if kind == "translation":
        return Pix2Pix(image_shape=SHAPE, channels=3)
    if kind == "cycle":
        return CycleGAN(image_shape=SHAPE, channels=3, halvings=1, blocks=1)
    if kind == "super_resolution":
        return SRGAN(image_shape=SHAPE, channels=3, blocks=1)
    return InpaintingGAN(image_shape=SHAPE, channels=4, halvings=1, dilations=[2])


def play(kind: str, **options: Any) -> GANObjective:
    """The game as a run builds it, with plain optimisers; notes gradients after each backward."""
    torch.manual_seed(0)
    values = {"kind": kind, "discriminator": OPPONENTS[kind], **options}
    (data,) = KINDS[kind].data
    settings = objective_settings(values, data)
    game: Any = KINDS[kind].build(settings, network(kind), None, optimizer=OptimizerSettings())
    plain = [torch.optim.SGD(p.parameters(), 1e-2) for p in (game.network, game.discriminator)]
    game.seen = []

    def backward(loss: Tensor) -> None:
        loss.backward()
        game.seen.append("".join(n for n, p in players(game) if any_gradient(p)))

    game.optimizers = lambda: plain
    game.manual_backward = backward
    return game


def players(game: Any) -> list[tuple[str, nn.Module]]:
    return [("G", game.network), ("D", game.discriminator)]


def any_gradient(player: nn.Module) -> bool:
    return any(p.grad is not None for p in player.parameters())


def batch(size: int = 3) -> dict[str, Tensor]:
    names = ("image", "source", "image_a", "image_b")
    return {name: torch.rand(size, *SHAPE) for name in names}


def state(player: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in player.state_dict().items()}


def changed(player: nn.Module, before: dict[str, Tensor]) -> set[str]:
    return {n for n, value in player.state_dict().items() if not torch.equal(value, before[n])}


@pytest.mark.parametrize("kind", KINDS)
def test_each_turn_teaches_one_player(kind: str) -> None:
    game: Any = play(kind, schedule={"discriminator_steps": 2})
    game.training_step(batch(), 0)
    assert game.seen == ["D", "D", "G"]
    assert not any_gradient(game.network)
    assert not any_gradient(game.discriminator)


@pytest.mark.parametrize("kind", KINDS)
def test_a_turn_leaves_the_other_player_as_it_was(kind: str) -> None:
    game: Any = play(kind)
    before = [state(player) for _, player in players(game)]
    game._generator_step(batch(), True)
    assert not changed(game.discriminator, before[1]), "weights or buffers of D moved"
    assert len(changed(game.network, before[0])) > 0.7 * len(before[0])
    before = [state(player) for _, player in players(game)]
    game._discriminator_step(batch())
    assert not changed(game.network, before[0]), "weights or buffers of G moved"
    assert len(changed(game.discriminator, before[1])) > 0.7 * len(before[1])


@pytest.mark.parametrize("kind", KINDS)
def test_losses_are_recorded_without_their_weights(kind: str) -> None:
    recorded = []
    for factor in (1.0, 7.0):
        game: Any = play(kind)
        game.weights = {name: factor * value for name, value in game.weights.items()}
        torch.manual_seed(1)
        game._generator_step(batch(), True)
        recorded.append(dict(game.values))
    assert recorded[0].keys() == recorded[1].keys()
    for name, value in recorded[0].items():
        torch.testing.assert_close(recorded[1][name], value)


@pytest.mark.parametrize("kind", KINDS)
def test_in_the_warm_up_there_is_no_opponent(kind: str) -> None:
    game: Any = play(kind, schedule={"warm_up_steps": 1})
    before = state(game.discriminator)
    game.training_step(batch(), 0)
    assert game.seen == ["G"]
    assert "adversarial" not in game.values
    assert not changed(game.discriminator, before)


def test_the_cycle_game_has_two_judges_and_replays_what_they_judge() -> None:
    game: Any = play("cycle", replay=4)
    judges = list(game.discriminator)
    assert len(judges) == 2
    assert not {id(p) for p in judges[0].parameters()} & {id(p) for p in judges[1].parameters()}
    data, shown = batch(4), []
    for judge in judges:
        judge.register_forward_hook(lambda module, given, made: shown.append(given[0].clone()))
    with torch.no_grad():
        fake_a, fake_b = game.network.b_to_a(data["image_b"]), game.network.a_to_b(data["image_a"])
    game._discriminator_step(data)
    wanted = [data["image_a"], fake_a, data["image_b"], fake_b]
    for seen, one in zip(shown, wanted, strict=True):
        torch.testing.assert_close(seen, one)
    assert [int(pool.count) for pool in game.pools] == [4, 4]
    assert any(name.startswith("pools.") for name in game.state_dict())


def test_an_enlarger_may_be_taught_by_frozen_features() -> None:
    class Features(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(1, 2, 3)

        def feature_maps(self, images: Tensor) -> list[Tensor]:
            return [self.conv(images)]

    with pytest.raises(ConfigError, match=r"objective\.features"):
        play("super_resolution", weights={"feature": 1.0})
    game: Any = play("super_resolution")
    game.features, game.weights["feature"] = Features().requires_grad_(False), 1.0
    before = state(game.features)
    game._generator_step(batch(), True)
    assert game.values["feature"] > 0
    assert not changed(game.features, before)
    assert not any_gradient(game.features)
    image = batch()["image"]
    assert float(game._feature(image, image)) == 0.0


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty digits."""
    path = tmp_path_factory.mktemp("few") / "few.npz"
    data = digits()
    save_images(path, ImageSet(np.ascontiguousarray(data.images[:40]), data.labels[:40]))
    return path


RUNS = {
    "pix2pix": ["model.arguments.channels=4"],
    "cycle_gan": ["model.arguments={channels: 4, halvings: 1, blocks: 1}"],
    "srgan": [
        "model.arguments={channels: 4, blocks: 1}",
        "objective.discriminator.arguments={channels: [4, 4], hidden: 4}",
    ],
    "inpainting_gan": ["model.arguments={channels: 4, halvings: 1, dilations: [2]}"],
}
VALUES = {
    "pix2pix": {"l1", "psnr", "adversarial", "discriminator"},
    "cycle_gan": {"cycle", "identity", "seen_through_a", "adversarial", "discriminator"},
    "srgan": {"pixel", "psnr", "psnr_bicubic", "consistency", "adversarial", "discriminator"},
    "inpainting_gan": {"mse", "mse_mean", "adversarial", "discriminator"},
}


@pytest.mark.parametrize("name", RUNS)
def test_a_run_leaves_a_model(name: str, few: Path, tmp_path: Path) -> None:
    folder = run(
        [
            f"experiment={name}", *RUNS[name], f"data.train={few}", f"data.valid={few}",
            f"output={tmp_path}", "trainer.max_steps=3", "data.batch_size=4",
            "trainer.log_every_steps=1", "trainer.validation_items=4",
            "objective.schedule.warm_up_steps=1",
        ]
    )  # fmt: skip
    trained = load_model(folder).model
    assert trained.image_shape == (1, 8, 8)
    assert VALUES[name] <= {row["name"] for row in read_metrics(tmp_path / "metrics.csv")}
    assert list((tmp_path / "samples").glob("*.png"))


def test_a_schedule_is_kept() -> None:
    game = play("translation", schedule={"discriminator_steps": 3, "warm_up_steps": 4})
    assert game.schedule == GANSchedule(discriminator_steps=3, warm_up_steps=4)


def test_sizes_that_contradict_the_model_are_refused() -> None:
    wrong = {"name": "patch_discriminator", "arguments": {"image_shape": [1, 16, 16]}}
    with pytest.raises(ConfigError, match="leave it out"):
        play("translation", discriminator=wrong)
