"""The learning rate is a pure function of progress."""

from __future__ import annotations

import pytest
import torch

from speechgen.errors import ConfigError
from speechgen.training.loop.optimisation import (
    OptimizerSettings,
    build_optimizer,
    learning_rate_factor,
)


def test_warm_up_is_linear_and_reaches_one() -> None:
    settings = OptimizerSettings(warmup_steps=3, schedule="constant")
    factors = [learning_rate_factor(settings, step, 0.0) for step in range(5)]
    assert factors == pytest.approx([0.25, 0.5, 0.75, 1.0, 1.0])


@pytest.mark.parametrize("schedule", ["cosine", "exponential"])
def test_decay_ends_at_the_final_ratio(schedule: str) -> None:
    settings = OptimizerSettings(schedule=schedule, final_ratio=0.04)
    factors = [learning_rate_factor(settings, 10, progress / 10) for progress in range(11)]
    assert factors[0] == pytest.approx(1.0)
    assert factors[-1] == pytest.approx(0.04)
    assert factors == sorted(factors, reverse=True)
    middle = {"cosine": 0.52, "exponential": 0.2}[schedule]
    assert factors[5] == pytest.approx(middle)


def test_frozen_parameters_are_left_out() -> None:
    layer = torch.nn.Linear(2, 2)
    layer.bias.requires_grad_(False)
    optimizer = build_optimizer(OptimizerSettings(name="rmsprop"), layer.parameters())
    (group,) = optimizer.param_groups
    assert [p is layer.weight for p in group["params"]] == [True]


@pytest.mark.parametrize(
    "values", [{"name": "sgdx"}, {"schedule": "steps"}, {"learning_rate": 0.0}, {"final_ratio": 2}]
)
def test_nonsense_is_refused(values: dict) -> None:
    with pytest.raises(ConfigError):
        OptimizerSettings(**values)
