"""Distances between frames of features."""

from __future__ import annotations

import pytest
import torch

from speechgen.losses.frames import change_ratio, deviation_ratio, pooled_distance


def test_a_patch_s_average_counts_and_its_pattern_does_not() -> None:
    target = torch.zeros(1, 4, 4)
    pattern = torch.tensor([[1.0, -1.0], [-1.0, 1.0]]).repeat(2, 2)[None]
    assert float(pooled_distance(target + pattern, target, scales=(2, 4))) == 0.0
    assert float(pooled_distance(target + 0.3, target, scales=(2, 4))) == pytest.approx(0.3)
    half = torch.cat([torch.ones(1, 4, 2), -torch.ones(1, 4, 2)], dim=2)
    assert float(pooled_distance(half, target, scales=(2, 4))) == pytest.approx(0.5)


def test_ratios_of_movement() -> None:
    """By hand: half the amplitude has a ratio of a half; smoothing takes fast movement first."""
    time = torch.arange(200.0)
    slow, fast = torch.sin(time / 20), torch.sin(time * 1.5)
    target = (slow + fast).expand(2, 3, -1)
    for ratio in (deviation_ratio, change_ratio):
        assert float(ratio(target, target)) == pytest.approx(1.0)
        assert float(ratio(0.5 * target + 3.0, target)) == pytest.approx(0.5)
    smeared = (slow + 0.1 * fast).expand(2, 3, -1)
    assert float(deviation_ratio(smeared, target)) == pytest.approx((1.01 / 2) ** 0.5, abs=0.05)
    assert float(change_ratio(smeared, target)) < 0.2
