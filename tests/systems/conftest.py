"""The systems of the source material, a file a row: what the configurations build must work."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
import torch

from speechgen import registry
from speechgen.training import compose
from speechgen.training.objectives import build_objective, objective_settings

Configured = Callable[..., Any]


@pytest.fixture
def configured() -> Configured:
    """``configured("pixelcnn", image_shape=[1, 2, 3])``: the network of that experiment.

    The packaged experiment is composed, the arguments given here replace the model's own, and the
    network comes from the registry, drawn with a fixed seed.
    """

    def build(experiment: str, **arguments: Any) -> Any:
        given = ["data.train=x", "data.speaker_vectors=x", "output=x"]
        model = compose([f"experiment={experiment}", *given])["model"]
        torch.manual_seed(0)
        return registry.build(model["name"], model.get("arguments", {}) | arguments)

    return build


@pytest.fixture
def played() -> Configured:
    """``played("dcgan", network, batches, gan_loss="minimax")``: a GAN after a step on each batch.

    The objective is that of the packaged experiment with ``settings`` over its own, its steps and
    optimisers are training's; only Lightning's trainer is missing. No batches: it is not begun.
    """

    def play(
        experiment: str, network: Any, batches: Iterable[dict[str, torch.Tensor]], **settings: Any
    ) -> Any:
        values = compose([f"experiment={experiment}", "data.train=x", "output=x"])["objective"]
        gan = build_objective(
            objective_settings(values | settings, "images"), network.train(), None, None
        ).train()
        optimizers = gan.configure_optimizers()
        gan.optimizers = lambda: optimizers
        gan.manual_backward = lambda loss: loss.backward()
        for batch in batches:
            gan.training_step(batch, 0)
            gan.steps_done += 1
        return gan

    return play
