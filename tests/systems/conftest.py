"""The systems of the source material, a file a row: what the configurations build must work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from speechgen import registry
from speechgen.training import compose

Configured = Callable[..., Any]


@pytest.fixture
def configured() -> Configured:
    """``configured("pixelcnn", image_shape=[1, 2, 3])``: the network of that experiment.

    The packaged experiment is composed, the arguments given here replace the model's own, and the
    network comes from the registry, drawn with a fixed seed.
    """

    def build(experiment: str, **arguments: Any) -> Any:
        model = compose([f"experiment={experiment}", "data.train=x", "output=x"])["model"]
        torch.manual_seed(0)
        return registry.build(model["name"], model.get("arguments", {}) | arguments)

    return build
