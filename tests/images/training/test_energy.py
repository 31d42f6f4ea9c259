"""Energy models through whole runs: they finish, resume, and leave a model that can be read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from speechgen.images.data.dataset import ImageSet, digits, save_images
from speechgen.images.training.contrastive_divergence import ContrastiveDivergenceObjective
from speechgen.store import load_model
from speechgen.training import run
from speechgen.training.loop.checkpoint import checkpoint_path
from speechgen.training.loop.metrics_log import read_metrics
from speechgen.training.loop.optimisation import OptimizerSettings

SIZES = {
    "hopfield": [],
    "boltzmann": ["model.arguments.hidden_units=3"],
    "rbm": ["model.arguments={hidden_units: 6, partition_temperatures: 10}"],
    "rbm_cd": ["model.arguments={hidden_units: 20, partition_temperatures: 10}"],
    "dbn": ["model.arguments={hidden_units: [6, 5], sample_sweeps: 3}"],
}


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eighty digits of four by four pixels."""
    data = digits()
    path = tmp_path_factory.mktemp("few") / "few.npz"
    save_images(
        path, ImageSet(np.ascontiguousarray(data.images[:80, :, ::2, ::2]), data.labels[:80])
    )
    return path


def overrides(name: str, few: Path, output: Path, steps: int) -> list[str]:
    return [
        f"experiment={name}", *SIZES[name], f"data.train={few}", f"data.valid={few}",
        f"output={output}", f"trainer.max_steps={steps}", "data.batch_size=8",
        "trainer.log_every_steps=1", "trainer.validation_items=8",
    ]  # fmt: skip


@pytest.mark.parametrize("name", SIZES)
def test_a_run_leaves_a_model(name: str, few: Path, tmp_path: Path) -> None:
    folder = run(overrides(name, few, tmp_path, 4))
    network = load_model(folder).model
    assert network.image_shape == (1, 4, 4)
    made = network.sample(3, generator=torch.Generator().manual_seed(0))
    assert made.shape == (3, 1, 4, 4)
    names = {row["name"] for row in read_metrics(tmp_path / "metrics.csv")}
    wanted = {"energy", "patterns", "agreement"}
    if name != "hopfield":
        kind = "energy_gap" if name == "boltzmann" else "free_energy_gap"
        wanted = {kind, "reconstruction"}
    if name.startswith("rbm"):
        wanted |= {"nll_nats", "bits_per_dim"}
    assert wanted <= names
    assert list((tmp_path / "samples").glob("*.png"))


def test_chains_go_on_where_they_were(few: Path, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    constant = "objective.optimizer.schedule=constant"
    run([*overrides("rbm", few, whole, 6), constant])
    run([*overrides("rbm", few, parts, 3), constant])
    run([*overrides("rbm", few, parts, 6), constant])
    one, two = (
        torch.load(checkpoint_path(folder), weights_only=True)["state_dict"]
        for folder in (whole, parts)
    )
    assert one.keys() == two.keys()
    assert set(one["chains_0"].unique().tolist()) == {0.0, 1.0}
    for name, value in one.items():
        torch.testing.assert_close(two[name], value, rtol=0, atol=0)


def test_each_layer_has_its_part_of_the_run() -> None:
    from speechgen.images.models.energy.dbn import DeepBeliefNetwork

    network = DeepBeliefNetwork(image_shape=(1, 2, 2), hidden_units=(3, 3))
    objective = ContrastiveDivergenceObjective(network, optimizer=OptimizerSettings())
    layers = []
    for progress in (0.0, 0.49, 0.5, 1.0):
        objective.progress = progress
        layers.append(objective.layer())
    assert layers == [0, 0, 1, 1]
    objective.layer_steps = 3
    objective.steps_done = 2
    assert objective.layer() == 0
    objective.steps_done = 30
    assert objective.layer() == 1
