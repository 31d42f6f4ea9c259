"""Replay, flipped labels, diagnostics and growth: the small parts of adversarial training."""

from __future__ import annotations

import pytest
import torch

from speechgen.adversarial import Diagnostics, GrowthSchedule, Replay, flipped
from speechgen.errors import ConfigError


def numbered(start: int, count: int) -> torch.Tensor:
    return torch.arange(start, start + count).float()[:, None]


def test_a_pool_fills_before_it_exchanges() -> None:
    replay = Replay(6, (1,))
    assert torch.equal(replay(numbered(0, 4)), numbered(0, 4))
    shown = replay(numbered(4, 4))
    assert torch.equal(shown[:2], numbered(4, 2))
    assert replay.count == 6


def test_exchanged_fakes_take_the_place_of_old_ones() -> None:
    replay = Replay(50, (1,))
    replay(numbered(0, 50))
    new = numbered(100, 40)
    shown = replay(new, generator=torch.Generator().manual_seed(0))
    old = shown[:, 0] < 100
    assert 10 < old.sum() < 30  # a half
    assert torch.equal(shown[~old], new[~old])
    together = torch.cat([shown[old], replay.pool]).flatten()
    assert sorted(together.tolist()) == sorted([*range(50), *new[old].flatten().tolist()])


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0), (1.0, 8)])
def test_the_share_is_the_probability(share: float, expected: int) -> None:
    replay = Replay(8, (1,), share=share)
    replay(numbered(0, 8))
    assert int((replay(numbered(100, 8)) < 100).sum()) == expected


def test_the_pool_travels_keeps_no_gradient_and_may_be_none() -> None:
    replay, other = Replay(4, (2,)), Replay(4, (2,))
    fakes = torch.randn(4, 2, requires_grad=True)
    assert not replay(fakes).requires_grad
    other.load_state_dict(replay.state_dict())
    assert other.count == 4
    assert torch.equal(other.pool, fakes)
    assert torch.equal(Replay(0, (2,))(fakes), fakes)
    assert Replay(2, (1,))(numbered(0, 30)).shape == (30, 1)
    with pytest.raises(ValueError, match="pool"):
        Replay(-1, (1,))


def test_flips_swap_whole_examples() -> None:
    real, fake = [torch.ones(1000, 2), torch.ones(1000)], [torch.zeros(1000, 2), torch.zeros(1000)]
    now_real, now_fake = flipped(real, fake, 0.2, generator=torch.Generator().manual_seed(0))
    assert 0.15 < 1 - now_real[0].mean() < 0.25
    assert torch.equal(now_real[0], now_real[1][:, None].expand(-1, 2))
    assert torch.equal(now_real[0] + now_fake[0], torch.ones(1000, 2))
    kept, _ = flipped(real, fake, 0.0)
    assert kept[0] is real[0]
    with pytest.raises(ValueError, match="probability"):
        flipped(real, fake, 1.5)


def test_diagnostics_speak_once_when_trouble_begins() -> None:
    diagnostics = Diagnostics(1.0, patience=3)
    said = [
        diagnostics.of_loss(loss, step) for step, loss in enumerate([1, 0, 0, 0, 0, 1, 0, 0, 0])
    ]
    assert [bool(line) for line in said] == [0, 0, 0, 1, 0, 0, 0, 0, 1]
    norms = [1.0, 1e9, 1e9, 2.0, float("nan"), float("inf")]
    said = [diagnostics.of_norm("generator", norm, step) for step, norm in enumerate(norms)]
    assert [bool(line) for line in said] == [0, 1, 0, 0, 1, 0]
    assert "\n" not in said[1]
    silent = Diagnostics(None, patience=1)
    assert silent.of_loss(-5.0, 0) is None


def test_growth_stands_then_fades_then_is_done() -> None:
    grow = GrowthSchedule(0.8)
    places = [grow.at(step / 10, 3) for step in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)]
    assert places == pytest.approx([0, 0, 0, 0.5, 1, 1, 1, 1.5, 2, 2, 2])
    assert grow.at(0.0, 1) == 0
    with pytest.raises(ConfigError, match="grown_at"):
        GrowthSchedule(0.0)
