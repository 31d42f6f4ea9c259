from __future__ import annotations

import numpy as np
import pytest

from speechgen.metrics import bootstrap_interval


def test_the_seed_decides() -> None:
    values = np.random.default_rng(0).normal(size=30)
    assert bootstrap_interval(values, seed=1) == bootstrap_interval(values, seed=1)
    assert bootstrap_interval(values, seed=1) != bootstrap_interval(values, seed=2)


def test_close_to_the_normal_interval_for_many_values() -> None:
    values = np.random.default_rng(0).normal(3.0, 2.0, size=1000)
    low, high = bootstrap_interval(values)
    half = 1.96 * values.std() / np.sqrt(len(values))
    assert low == pytest.approx(values.mean() - half, abs=0.1 * half)
    assert high == pytest.approx(values.mean() + half, abs=0.1 * half)


def test_covers_the_mean_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(100):
        low, high = bootstrap_interval(rng.normal(size=40))
        covered += low < 0 < high
    assert 87 <= covered <= 99


def test_equal_values_leave_no_doubt() -> None:
    assert bootstrap_interval([2.0, 2.0, 2.0]) == (2.0, 2.0)


def test_a_weight_counts_as_so_many_values_that_are_drawn_together() -> None:
    rng = np.random.default_rng(0)
    values, words = rng.uniform(size=50), rng.integers(1, 30, size=50)
    low, high = bootstrap_interval(values, weights=words)
    assert low < np.average(values, weights=words) < high
    assert bootstrap_interval(values, weights=np.full(50, 7)) == pytest.approx(
        bootstrap_interval(values)
    )
    assert bootstrap_interval(values, weights=3 * words) == pytest.approx((low, high))
    spread = bootstrap_interval([0.0, 1.0], weights=[1, 9])
    assert spread == (0.0, 1.0)  # both draws may be of one file, whatever it counts for
    for weights in ([1.0], [1.0, 0.0], [1.0, -1.0], [1.0, float("nan")]):
        with pytest.raises(ValueError, match="a weight above 0 for every value"):
            bootstrap_interval([0.0, 1.0], weights=weights)


@pytest.mark.parametrize("values", [[], [1.0, float("nan")], [float("inf")]])
def test_nothing_or_not_finite_is_refused(values: list) -> None:
    with pytest.raises(ValueError, match="finite"):
        bootstrap_interval(values)
