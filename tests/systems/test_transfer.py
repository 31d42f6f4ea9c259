"""Transfer learning: a classifier with an autoencoder's encoder, frozen or fine-tuned."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from speechgen.errors import ModelError
from speechgen.images.data.dataset import digits
from speechgen.images.models.autoencoder.classifier import load_encoder
from speechgen.images.training.classification import ClassificationObjective
from speechgen.images.training.reconstruction import ReconstructionObjective
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.objectives.base import Objective

EXPERIMENTS = ("stacked_autoencoder", "transfer_classifier", "conv_autoencoder", "classifier")
SHAPE = [1, 8, 8]
SIZES = {"image_shape": SHAPE, "channels": [4, 6], "latent": 5}
LABELLED, HELD_OUT = 100, 500
Batch = dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def data() -> Batch:
    everything = digits()
    order = np.random.default_rng(0).permutation(len(everything))
    shuffled = everything.take(order)
    images = torch.from_numpy(shuffled.images).float() / 255
    return {"image": images, "label": torch.from_numpy(shuffled.labels).long()}


def part(data: Batch, index: Any) -> Batch:
    return {name: value[index] for name, value in data.items()}


def train(objective: Objective, data: Batch, *, steps: int, rate: float, seed: int) -> None:
    """Plain steps on random batches of 50; the rate falls to nothing."""
    optimizer = objective.configure_optimizers()
    generator = torch.Generator().manual_seed(seed)
    for objective.steps_done in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate * (1 - objective.steps_done / steps)
        drawn = torch.randint(len(data["image"]), (50,), generator=generator)
        optimizer.zero_grad()
        objective.training_step(part(data, drawn), 0).backward()
        optimizer.step()


@pytest.fixture
def donor(configured: Any, data: Batch) -> Any:
    """A stacked autoencoder that has seen the images, no labels, and none that are held out."""
    network = configured("stacked_autoencoder", image_shape=SHAPE)
    objective = ReconstructionObjective(
        network, optimizer=OptimizerSettings(), layer_steps=100,
        corruption="masking", corruption_level=0.2,
    )  # fmt: skip
    train(objective, part(data, slice(HELD_OUT, None)), steps=450, rate=3e-3, seed=0)
    return network


def accuracy(network: Any, data: Batch) -> float:
    with torch.no_grad():
        right = network(data["image"][:HELD_OUT]).argmax(1) == data["label"][:HELD_OUT]
    return right.float().mean().item()


def test_with_100_labels_it_beats_random_initialisation(
    configured: Any, donor: Any, data: Batch
) -> None:
    scores: dict[str, list[float]] = {"random": [], "frozen": [], "tuned": []}
    for seed in range(2):  # another hundred labels, another head each time
        few = part(data, slice(HELD_OUT + LABELLED * seed, HELD_OUT + LABELLED * (seed + 1)))
        for kind, results in scores.items():
            network = configured("transfer_classifier", image_shape=SHAPE)
            if kind != "random":
                load_encoder(network, donor)
            objective = ClassificationObjective(
                network, optimizer=OptimizerSettings(), freeze=kind == "frozen"
            )
            encoder = [value.clone() for value in network.encoder.parameters()]
            train(objective, few, steps=150, rate=1e-2, seed=seed)
            pairs = zip(encoder, network.encoder.parameters(), strict=True)
            rested = all(torch.equal(a, b) for a, b in pairs)
            assert rested == (kind == "frozen")
            results.append(accuracy(network, data))
    means = {kind: float(np.mean(results)) for kind, results in scores.items()}
    assert means["tuned"] > means["random"] + 0.1
    assert means["frozen"] > 0.5  # ten classes


def test_only_the_encoder_is_taken_over_and_by_name(configured: Any) -> None:
    donor, network = configured("conv_autoencoder", **SIZES), configured("classifier", **SIZES)
    for value in donor.parameters():
        torch.nn.init.normal_(value)
    head = {name: value.clone() for name, value in network.head.state_dict().items()}
    load_encoder(network, donor)
    images = torch.rand(3, 1, 8, 8)
    assert torch.equal(network.features(images), donor.latents(images))
    assert all(torch.equal(value, head[name]) for name, value in network.head.state_dict().items())


def test_configured_sizes_fit_each_other(configured: Any) -> None:
    for donor_name, name in zip(EXPERIMENTS[::2], EXPERIMENTS[1::2], strict=True):
        donor, network = (configured(one, image_shape=SHAPE) for one in (donor_name, name))
        torch.nn.init.normal_(next(donor.encoder.parameters()))
        load_encoder(network, donor)
        images = torch.rand(3, *SHAPE)
        assert torch.equal(network.features(images), donor.latents(images))


def test_encoders_of_other_sizes_are_refused_by_name(configured: Any) -> None:
    donor = configured("conv_autoencoder", **SIZES)
    network = configured("classifier", **(SIZES | {"channels": [4, 7]}))
    before = network.encoder[0].weight.clone()
    with pytest.raises(ModelError, match=r"encoder\.\w.*\(\d"):
        load_encoder(network, donor)
    assert torch.equal(network.encoder[0].weight, before)
