"""Hopfield networks: asynchronous updates run down an energy; an associative memory."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

EXPERIMENTS = ("hopfield",)


def network_of(configured: Any, rule: str, patterns: int, units: int = 100) -> tuple[Any, Tensor]:
    network = configured("hopfield", image_shape=[1, units // 10, 10], rule=rule)
    stored = torch.randn(patterns, units, generator=torch.Generator().manual_seed(1)).sign()
    network.store(stored)
    return network.double(), stored.double()


@pytest.mark.parametrize("rule", ["hebb", "pseudo_inverse"])
def test_no_update_raises_the_energy(configured: Any, rule: str) -> None:
    network, _ = network_of(configured, rule, 5, units=30)
    states = torch.randn(9, 30, generator=torch.Generator().manual_seed(2)).sign().double()
    fell = False
    for unit in [*range(30), *range(30)]:  # the fixed order, twice, unit by unit
        free = torch.zeros(9, 30, dtype=torch.bool)
        free[:, unit] = True
        after = network.sweep(states, free)
        assert torch.equal(after[:, torch.arange(30) != unit], states[:, torch.arange(30) != unit])
        change = network.energy(after) - network.energy(states)
        assert (change <= 1e-12).all()
        fell = fell or bool((change < -1e-6).any())
        states = after
    assert fell


def test_a_sweep_is_the_updates_one_after_the_other(configured: Any) -> None:
    network, _ = network_of(configured, "hebb", 12)
    states = torch.randn(3, 100, generator=torch.Generator().manual_seed(3)).sign().double()
    expected = states.clone()
    for unit in range(100):
        field = (expected * network.weight[unit]).sum(1)  # from what was updated already
        expected[:, unit] = torch.where(field == 0, expected[:, unit], field.sign())
    assert torch.equal(network.sweep(states), expected)
    together = (states @ network.weight).sign()  # all at once is another rule
    assert not torch.equal(together, expected)


@pytest.mark.parametrize("rule", ["hebb", "pseudo_inverse"])
def test_it_converges_to_a_local_minimum(configured: Any, rule: str) -> None:
    network, _ = network_of(configured, rule, 12)
    end = network.recall(
        torch.randn(8, 100, generator=torch.Generator().manual_seed(4)).sign().double()
    )
    assert torch.equal(network.sweep(end), end)
    for unit in range(100):
        flipped = end.clone()
        flipped[:, unit] *= -1
        assert (network.energy(flipped) >= network.energy(end) - 1e-12).all()


@pytest.mark.parametrize(("rule", "patterns"), [("hebb", 4), ("pseudo_inverse", 12)])
def test_a_pattern_with_a_tenth_of_its_bits_flipped_is_recalled(
    configured: Any, rule: str, patterns: int
) -> None:
    network, stored = network_of(configured, rule, patterns)
    for seed in range(3):
        wrong = stored.clone()
        for row in wrong:
            row[torch.randperm(100, generator=torch.Generator().manual_seed(seed))[:10]] *= -1
        assert torch.equal(network.recall(wrong), stored)


def test_it_remembers_a_picture_of_each_class(configured: Any) -> None:
    from speechgen.images.data.dataset import digits

    data = digits()
    network = configured("hopfield", image_shape=[1, 8, 8])
    images = torch.from_numpy(data.images).float() / 255
    labels = torch.from_numpy(data.labels)
    for start in range(0, 1500, 500):
        network.observe(images[start : start + 500], labels[start : start + 500])
    pictures = network.images(network.patterns)
    assert len(pictures) == 10
    torch.testing.assert_close(network.reconstruct(pictures), pictures)
    known = torch.ones(10, 1, 8, 8, dtype=torch.bool)
    known[:, :, 5:] = False  # the lower part is to be remembered
    made = network.inpaint(pictures, known, generator=torch.Generator())
    assert torch.equal(made[known], pictures[known])
    assert (made == pictures).float().mean() > 0.97
