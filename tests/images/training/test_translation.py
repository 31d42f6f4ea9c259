"""GANs from image to image: who learns in which step, what discriminators see, whole runs."""

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
from speechgen.losses import l1
from speechgen.store import load_model
from speechgen.training import run
from speechgen.training.loop.metrics_log import read_metrics
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.objectives import objective_kind, objective_settings
from speechgen.training.objectives.gan import GANObjective

SHAPE = (1, 8, 8)
DISCRIMINATORS: dict[str, dict[str, Any]] = {
    "translation": {"name": "patch_discriminator", "arguments": {"channels": 3}},
    "cycle_gan": {"name": "patch_discriminator", "arguments": {"channels": 3, "norm": "instance"}},
    "super_resolution": {
        "name": "srgan_discriminator", "arguments": {"channels": [3, 4], "hidden": 5},
    },
    "inpainting": {
        "name": "inpainting_gan_discriminator", "arguments": {"channels": 3, "code": 4},
    },
}  # fmt: skip


def network(kind: str) -> nn.Module:
    if kind == "translation":
        return Pix2Pix(image_shape=SHAPE, channels=3)
    if kind == "cycle_gan":
        return CycleGAN(image_shape=SHAPE, channels=3, halvings=1, blocks=1)
    if kind == "super_resolution":
        return SRGAN(image_shape=SHAPE, channels=3, blocks=1)
    return InpaintingGAN(image_shape=SHAPE, channels=4, halvings=1, dilations=[2])


def make_gan(kind: str, **options: Any) -> GANObjective:
    """The objective as a run builds it, with plain optimisers; notes gradients after backward."""
    torch.manual_seed(0)
    values = {"kind": kind, "discriminator": DISCRIMINATORS[kind], **options}
    (data,) = objective_kind(kind).data
    settings = objective_settings(values, data)
    gan: Any = objective_kind(kind).build(
        settings, network(kind), None, optimizer=OptimizerSettings()
    )
    plain = [torch.optim.SGD(p.parameters(), 1e-2) for p in (gan.network, gan.discriminator)]
    gan.seen = []

    def backward(loss: Tensor) -> None:
        loss.backward()
        gan.seen.append("".join(n for n, p in networks(gan) if any_gradient(p)))

    gan.optimizers = lambda: plain
    gan.manual_backward = backward
    return gan


def networks(gan: Any) -> list[tuple[str, nn.Module]]:
    return [("G", gan.network), ("D", gan.discriminator)]


def any_gradient(network: nn.Module) -> bool:
    return any(p.grad is not None for p in network.parameters())


def batch(size: int = 3) -> dict[str, Tensor]:
    names = ("image", "source", "image_a", "image_b")
    return {name: torch.rand(size, *SHAPE) for name in names}


def state(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


def changed(network: nn.Module, before: dict[str, Tensor]) -> set[str]:
    return {n for n, value in network.state_dict().items() if not torch.equal(value, before[n])}


@pytest.mark.parametrize("kind", DISCRIMINATORS)
def test_each_step_trains_one_network(kind: str) -> None:
    gan: Any = make_gan(kind, schedule={"discriminator_steps": 2})
    gan.training_step(batch(6), 0)
    assert gan.seen == ["D", "D", "G"]
    assert not any_gradient(gan.network)
    assert not any_gradient(gan.discriminator)


@pytest.mark.parametrize("kind", DISCRIMINATORS)
def test_a_step_leaves_the_other_network_as_it_was(kind: str) -> None:
    gan: Any = make_gan(kind)
    before = [state(network) for _, network in networks(gan)]
    gan._generator_step(batch(), True)
    assert not changed(gan.discriminator, before[1]), "weights or buffers of D moved"
    assert len(changed(gan.network, before[0])) > 0.7 * len(before[0])
    before = [state(network) for _, network in networks(gan)]
    gan._discriminator_step(batch())
    assert not changed(gan.network, before[0]), "weights or buffers of G moved"
    assert len(changed(gan.discriminator, before[1])) > 0.7 * len(before[1])


@pytest.mark.parametrize("kind", DISCRIMINATORS)
def test_losses_are_recorded_without_their_weights(kind: str) -> None:
    recorded = []
    for factor in (1.0, 7.0):
        gan: Any = make_gan(kind)
        gan.weights = {name: factor * value for name, value in gan.weights.items()}
        torch.manual_seed(1)
        gan._generator_step(batch(), True)
        recorded.append(dict(gan.values))
    assert recorded[0].keys() == recorded[1].keys()
    for name, value in recorded[0].items():
        torch.testing.assert_close(recorded[1][name], value)


@pytest.mark.parametrize("kind", DISCRIMINATORS)
def test_in_the_warm_up_there_is_no_discriminator(kind: str) -> None:
    gan: Any = make_gan(kind, schedule={"warm_up_steps": 1})
    before = state(gan.discriminator)
    gan.training_step(batch(), 0)
    assert gan.seen == ["G"]
    assert "adversarial" not in gan.values
    assert not changed(gan.discriminator, before)


def test_cycle_gan_s_generators_minimise_the_paper_s_equation_3() -> None:
    """With squares in the place of logarithms (section 4), lambda 10 and an identity loss of 5."""
    gan: Any = make_gan("cycle_gan", replay=0)
    data, losses = batch(4), []
    gan._update = lambda optimizer, loss: losses.append(loss.detach())
    gan._generator_step(data, True)
    gan._discriminator_step(data)
    a, b = data["image_a"], data["image_b"]
    (in_a, in_b), network = gan.discriminator, gan.network
    with torch.no_grad():
        fake_a, fake_b = network.b_to_a(b), network.a_to_b(a)
        seen = [in_a(fake_a)[0][0], in_b(fake_b)[0][0], in_a(a)[0][0], in_b(b)[0][0]]
        adversarial = sum((logits - 1.0).square().mean() for logits in seen[:2])
        cycle = l1(network.b_to_a(fake_b), a) + l1(network.a_to_b(fake_a), b)
        identity = l1(network.b_to_a(a), a) + l1(network.a_to_b(b), b)
        halved = 0.5 * sum((logits - 1.0).square().mean() for logits in seen[2:])
        halved = halved + 0.5 * sum(logits.square().mean() for logits in seen[:2])
    # pixels are in [0, 1] here and in [-1, 1] in the paper
    torch.testing.assert_close(losses[0], adversarial + 2.0 * (10.0 * cycle + 5.0 * identity))
    torch.testing.assert_close(losses[1], halved)  # "we divide the objective by 2 for D"


def test_cycle_gan_has_two_discriminators_and_replays_what_they_see() -> None:
    gan: Any = make_gan("cycle_gan", replay=4)
    discriminators = list(gan.discriminator)
    assert len(discriminators) == 2
    assert not {id(p) for p in discriminators[0].parameters()} & {
        id(p) for p in discriminators[1].parameters()
    }
    data, shown = batch(4), []
    for discriminator in discriminators:
        discriminator.register_forward_hook(
            lambda module, given, made: shown.append(given[0].clone())
        )
    with torch.no_grad():
        fake_a, fake_b = gan.network.b_to_a(data["image_b"]), gan.network.a_to_b(data["image_a"])
    gan._discriminator_step(data)
    wanted = [data["image_a"], fake_a, data["image_b"], fake_b]
    for seen, one in zip(shown, wanted, strict=True):
        torch.testing.assert_close(seen, one)
    assert [int(pool.count) for pool in gan.pools] == [4, 4]
    assert any(name.startswith("pools.") for name in gan.state_dict())


def test_super_resolution_may_be_trained_by_frozen_features() -> None:
    class Features(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(1, 2, 3)

        def feature_maps(self, images: Tensor) -> list[Tensor]:
            return [self.conv(images)]

    with pytest.raises(ConfigError, match=r"objective\.features"):
        make_gan("super_resolution", weights={"feature": 1.0})
    gan: Any = make_gan("super_resolution")
    gan.features, gan.weights["feature"] = Features().requires_grad_(False), 1.0
    before = state(gan.features)
    gan._generator_step(batch(), True)
    assert gan.values["feature"] > 0
    assert not changed(gan.features, before)
    assert not any_gradient(gan.features)
    image = batch()["image"]
    assert float(gan._feature(image, image)) == 0.0


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
    gan = make_gan("translation", schedule={"discriminator_steps": 3, "warm_up_steps": 4})
    assert gan.schedule == GANSchedule(discriminator_steps=3, warm_up_steps=4)


def test_sizes_that_contradict_the_model_are_refused() -> None:
    wrong = {"name": "patch_discriminator", "arguments": {"image_shape": [1, 16, 16]}}
    with pytest.raises(ConfigError, match="leave it out"):
        make_gan("translation", discriminator=wrong)
