from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from speechgen.metrics import cosine, equal_error_rate, min_detection_cost


def test_equal_error_rate_of_two_gaussians() -> None:
    rng = np.random.default_rng(0)
    found = equal_error_rate(rng.normal(1, 1, 50000), rng.normal(-1, 1, 50000))
    assert found == pytest.approx(norm.cdf(-1), abs=0.004)


@pytest.mark.parametrize(
    ("targets", "impostors", "expected"),
    [
        ([2.0, 3.0], [0.0, 1.0], 0.0),
        ([0.0, 1.0], [2.0, 3.0], 1.0),
        ([1.0, 1.0], [1.0, 1.0], 0.5),
        ([0.0, 2.0], [-1.0, 1.0], 0.5),
        ([0.0, 2.0, 2.0, 2.0], [1.0, -1.0, -1.0, -1.0], 0.25),
    ],
)
def test_equal_error_rate_by_hand(targets: list, impostors: list, expected: float) -> None:
    assert equal_error_rate(np.array(targets), np.array(impostors)) == pytest.approx(expected)


def test_equal_error_rate_ignores_monotone_changes_of_the_scores() -> None:
    rng = np.random.default_rng(0)
    targets, impostors = rng.normal(0.5, 1, 300), rng.normal(0, 1, 700)
    expected = equal_error_rate(targets, impostors)
    assert equal_error_rate(np.exp(targets), np.exp(impostors)) == pytest.approx(expected)


def test_one_kind_of_trials_is_not_enough() -> None:
    with pytest.raises(ValueError, match="trials"):
        equal_error_rate(np.array([1.0]), np.array([]))


def test_cosine() -> None:
    rows = np.array([[1.0, 0.0], [0.0, 2.0], [-3.0, 0.0], [1.0, 1.0]])
    np.testing.assert_allclose(cosine(rows, np.array([2.0, 0.0])), [1, 0, -1, 0.5**0.5])
    with pytest.raises(ValueError, match="zero vector"):
        cosine(rows, np.zeros(2))


@pytest.mark.parametrize(
    ("targets", "impostors", "expected"),
    [
        ([2.0, 3.0], [0.0, 1.0], 0.0),
        ([0.0, 1.0], [2.0, 3.0], 1.0),  # nobody is accepted
        ([1.0, 3.0], [0.0, 2.0], 0.5),  # one of two missed, no false alarm
        ([2.0, 2.0], [2.5] + 199 * [0.0], 99 / 200),  # all found, one of 200 let in
    ],
)
def test_detection_cost_by_hand(targets: list, impostors: list, expected: float) -> None:
    found = min_detection_cost(np.array(targets), np.array(impostors))
    assert found == pytest.approx(expected)


def test_detection_cost_is_that_of_the_best_threshold() -> None:
    """Two Gaussians of deviation 1: the likelihood ratio at the threshold is the prior odds."""
    rng = np.random.default_rng(0)
    targets, impostors = rng.normal(3, 1, 200_000), rng.normal(0, 1, 200_000)
    best = (np.log(99) + 4.5) / 3
    expected = norm.cdf(best - 3) + 99 * norm.sf(best)
    assert min_detection_cost(targets, impostors) == pytest.approx(expected, abs=0.01)
    even = norm.cdf(-1.5) * 2
    assert min_detection_cost(targets, impostors, p_target=0.5) == pytest.approx(even, abs=0.01)
    for p_target in (0.0, 1.0):
        with pytest.raises(ValueError, match="p_target"):
            min_detection_cost(targets, impostors, p_target=p_target)
