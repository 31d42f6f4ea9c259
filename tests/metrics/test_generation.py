"""Scores of made images: known values."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg

from speechgen.metrics.generation import classifier_score, frechet_distance


def test_a_classifier_that_is_sure_of_all_classes_alike_scores_their_number() -> None:
    assert classifier_score(np.eye(10).repeat(3, axis=0)) == pytest.approx(10.0)


def test_one_class_only_or_a_classifier_that_cannot_tell_scores_one() -> None:
    assert classifier_score(np.eye(10)[[4] * 7]) == pytest.approx(1.0)
    assert classifier_score(np.full((5, 10), 0.1)) == pytest.approx(1.0)


def test_the_distance_is_that_of_the_formula() -> None:
    generator = np.random.default_rng(0)
    first = generator.normal(size=(400, 5)) @ generator.normal(size=(5, 5))
    second = generator.normal(size=(300, 5)) + 1.5
    covariances = [np.cov(one, rowvar=False) for one in (first, second)]
    root = scipy.linalg.sqrtm(covariances[0] @ covariances[1]).real
    expected = np.square(first.mean(0) - second.mean(0)).sum()
    expected += np.trace(covariances[0] + covariances[1] - 2 * root)
    assert frechet_distance(first, second) == pytest.approx(expected, rel=1e-9)
    assert frechet_distance(second, first) == pytest.approx(expected, rel=1e-9)


def test_the_distance_of_a_set_to_itself_is_nothing_and_of_a_shift_its_square() -> None:
    features = np.random.default_rng(1).normal(size=(50, 8))
    assert frechet_distance(features, features) == pytest.approx(0.0, abs=1e-9)
    assert frechet_distance(features, features + 0.5) == pytest.approx(8 * 0.25, rel=1e-6)


@pytest.mark.parametrize("bad", [np.zeros((0, 3)), np.full((4, 3), np.nan), np.zeros(3)])
def test_bad_features_are_refused(bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match="features"):
        frechet_distance(bad, np.zeros((4, 3)))
