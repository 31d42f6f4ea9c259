"""The moving average, against sums done by hand."""

from __future__ import annotations

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
