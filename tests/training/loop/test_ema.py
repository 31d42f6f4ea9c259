"""The moving average, against sums done by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from speechgen.training.loop.ema import MovingAverage, update_average, warmed_decay


def test_decay_warms_up() -> None:
    assert warmed_decay(0.999, 0) == pytest.approx(0.1)
    assert warmed_decay(0.999, 90) == pytest.approx(0.91)
    assert warmed_decay(0.999, 10**6) == 0.999


def test_average_by_hand() -> None:
    average = {"weight": torch.tensor([0.0, 1.0]), "count": torch.tensor(0)}
    update_average(average, {"weight": torch.tensor([1.0, 3.0]), "count": torch.tensor(4)}, 0.75)
    assert average["weight"].tolist() == [0.25, 1.5]
    assert average["count"].item() == 4
    update_average(average, {"weight": torch.tensor([1.0, 1.5]), "count": torch.tensor(5)}, 0.5)
    assert average["weight"].tolist() == [0.625, 1.5]


def test_constants_stay_exact() -> None:
    value = torch.rand(100)
    average = {"table": value.clone()}
    for _ in range(50):
        update_average(average, {"table": value}, 0.999)
    assert average["table"].equal(value)


def test_applied_is_undone() -> None:
    network = torch.nn.Linear(2, 1)
    kept = network.weight.detach().clone()
    ema = MovingAverage(0.9)
    ema.average = {name: torch.zeros_like(v) for name, v in network.state_dict().items()}
    with pytest.raises(RuntimeError), ema.applied(network):
        assert not network.weight.any()
        raise RuntimeError
    assert network.weight.equal(kept)


@pytest.mark.parametrize("decay", [0.0, 0.5])
def test_a_share_of_the_first_weights_is_kept(decay: float) -> None:
    network = torch.nn.Linear(2, 1, bias=False)
    first = network.weight.detach().clone()
    module: Any = SimpleNamespace(network=network)
    ema, plain = MovingAverage(decay, 0.25), MovingAverage(decay)
    trainer: Any = None
    for one in (ema, plain):
        one.begin(trainer, module)
    with torch.no_grad():
        network.weight.add_(4.0)
    tuned = network.weight.detach().clone()
    module.steps_done = 1
    for one in (ema, plain):
        one.after_step(trainer, module)
    resumed = MovingAverage(decay, 0.25)
    resumed.load_state_dict(ema.state_dict())
    resumed.begin(trainer, module)
    with plain.applied(network):
        average = network.weight.detach().clone()
    for one in (ema, resumed):
        with one.applied(network):
            assert torch.allclose(network.weight, 0.75 * average + 0.25 * first)
        assert network.weight.equal(tuned)
