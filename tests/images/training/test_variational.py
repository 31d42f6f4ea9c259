"""The variational objective: the deck's traps, the weights of the rate, runs that learn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from speechgen import registry
from speechgen.errors import ConfigError
from speechgen.images.data.dataset import ImageSet, digits, save_images
from speechgen.images.training.variational import VariationalObjective, image_sheet
from speechgen.training import run
from speechgen.training.loop.metrics_log import read_metrics
from speechgen.training.loop.optimisation import OptimizerSettings


def objective(name: str = "vae", **options: Any) -> VariationalObjective:
    arguments = {"image_shape": [1, 4, 4], "latent": 3}
    if name == "vae":
        arguments["hidden"] = [16]
    network = registry.build(name, arguments)
    return VariationalObjective(network, optimizer=OptimizerSettings(), **options)


def batch(num: int = 6) -> dict[str, Tensor]:
    return {"image": torch.rand(num, 1, 4, 4).round(), "label": torch.arange(num) % 10}


def loss_of(module: VariationalObjective, data: dict[str, Tensor]) -> tuple[Tensor, dict]:
    torch.manual_seed(7)
    loss = module.training_step(data, 0)
    values, module.values = module.values, {}
    return loss, values


def test_the_loss_is_minus_the_bound_and_independent_of_the_batch_size() -> None:
    module, data = objective(), batch()
    loss, values = loss_of(module, data)
    torch.testing.assert_close(loss.detach(), -values["elbo_nats"])
    twice = {name: torch.cat([value, value]) for name, value in data.items()}
    many = VariationalObjective(module.network, optimizer=OptimizerSettings(), num_samples=4000)
    torch.testing.assert_close(loss_of(many, twice)[0], loss_of(many, data)[0], rtol=0.01, atol=0)


def test_evaluation_draws_too() -> None:
    module, data = objective(num_samples=1), batch()
    module.eval()
    torch.manual_seed(1)
    first = module.training_step(data, 0)
    assert not torch.equal(first, module.training_step(data, 0))
    held_out = [module.validation_values(data)["elbo_nats"] for _ in range(2)]
    assert torch.equal(*held_out)  # from a fixed seed


def test_beta_and_annealing_weigh_the_rate() -> None:
    data = batch()
    module = objective(beta=4.0, anneal_steps=3)
    rates = []
    for step in (0, 1, 3, 10):
        module.steps_done = step
        loss, values = loss_of(module, data)
        rates.append(values["kl_weight"].item())
        distortion = values["distortion_bits"] * torch.log(torch.tensor(2.0))
        rate = values["rate_bits"] * torch.log(torch.tensor(2.0))
        torch.testing.assert_close(loss.detach(), distortion + rates[-1] * rate)
    assert rates == [1.0, 2.0, 4.0, 4.0]


def test_free_bits_are_never_cheaper() -> None:
    data = batch()
    plain, free = objective(), objective(free_bits_nats=2.0)
    free.network.load_state_dict(plain.network.state_dict())
    assert loss_of(free, data)[0] > loss_of(plain, data)[0]
    torch.testing.assert_close(
        loss_of(free, data)[0].detach(),
        loss_of(free, data)[1]["distortion_bits"] * torch.log(torch.tensor(2.0)) + 3 * 2.0,
    )  # a new posterior says less than two nats with each of three latents


def test_the_importance_bound_is_tighter() -> None:
    module, data = objective(bound="importance", num_samples=200), batch()
    loss, values = loss_of(module, data)
    torch.testing.assert_close(loss.detach(), -values["importance_nats"])
    assert values["importance_nats"] > values["elbo_nats"]
    loss.backward()
    assert all(p.grad is not None for p in module.network.parameters())


def test_labels_go_to_networks_with_classes() -> None:
    module, data = objective("conditional_vae"), batch()
    moved = dict(data, label=(data["label"] + 1) % 10)
    assert not torch.equal(loss_of(module, data)[0], loss_of(module, moved)[0])
    shapes = [panel.shape for _, panel in module.panels(data)]
    assert shapes == [(1, 8, 24), (1, 4, 24)]


def test_sheets_keep_rows_and_columns() -> None:
    images = torch.arange(6.0).view(2, 3, 1, 1, 1).expand(2, 3, 1, 2, 2) / 6
    sheet = image_sheet(images)
    assert sheet.shape == (1, 4, 6)
    torch.testing.assert_close(sheet[0, ::2, ::2], torch.arange(6.0).view(2, 3) / 6)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"bound": "upper"}, "objective.bound"),
        ({"num_samples": 0}, "num_samples"),
        ({"beta": -1.0}, "beta"),
        ({"bound": "importance", "beta": 2.0}, "no rate"),
    ],
)
def test_nonsense_is_one_clear_line(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        objective(**options)


def test_a_run_learns_and_leaves_pictures(tmp_path: Path) -> None:
    images = digits()
    for name, part in (("train", slice(0, 800)), ("valid", slice(800, 900))):
        save_images(tmp_path / f"{name}.npz", ImageSet(images.images[part], images.labels[part]))
    folder = tmp_path / "run"
    run([
        "experiment=vae", f"data.train={tmp_path / 'train.npz'}",
        f"data.valid={tmp_path / 'valid.npz'}", "data.binarise=dynamic", f"output={folder}",
        "model.arguments.hidden=[32]", "model.arguments.latent=4", "trainer.max_steps=120",
        "trainer.validate_every_steps=60", "objective.optimizer.learning_rate=3e-3",
        "trainer.log_every_steps=10", "trainer.accelerator=cpu",
    ])  # fmt: skip
    rows = read_metrics(folder / "metrics.csv")
    bounds = [float(row["value"]) for row in rows if row["name"] == "elbo_nats"]
    assert bounds[-1] > bounds[0] + 5.0
    assert [row["split"] for row in rows][-1] == "valid"
    assert {path.name for path in (folder / "samples").iterdir()} >= {
        "samples_step0000120.png",
        "reconstructions_step0000120.png",
    }
