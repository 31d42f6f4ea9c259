"""Probes find what is linearly there, and nothing where nothing is."""

from __future__ import annotations

import numpy as np
import pytest

from speechgen.errors import DataError
from speechgen.metrics.linear_probe import probe_accuracy


def labelled(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    labels = rng.integers(0, 4, count)
    return rng.standard_normal((count, 6)), labels


def test_a_direction_is_found_whatever_its_scale_and_offset() -> None:
    rng = np.random.default_rng(0)
    (x, y), (u, v) = labelled(rng, 200), labelled(rng, 100)
    x[np.arange(200), y] += 8.0
    u[np.arange(100), v] += 8.0
    scale, offset = np.array([1e-3, 1.0, 1e3, 1.0, 5.0, 0.0]), 7.0
    assert probe_accuracy(x, y, u, v) > 0.97
    assert probe_accuracy(x * scale + offset, y, u * scale + offset, v) > 0.97


def test_noise_is_chance() -> None:
    rng = np.random.default_rng(1)
    (x, y), (u, v) = labelled(rng, 400), labelled(rng, 400)
    assert 0.15 < probe_accuracy(x, y, u, v) < 0.35


def test_what_is_not_linear_is_not_found() -> None:
    rng = np.random.default_rng(2)
    x, u = rng.standard_normal((400, 2)), rng.standard_normal((400, 2))
    found = probe_accuracy(x, (x.prod(axis=1) > 0).astype(int), u, (u.prod(axis=1) > 0).astype(int))
    assert found < 0.65


def test_nothing_to_learn_from() -> None:
    empty, labels = np.zeros((0, 2)), np.zeros(0, int)
    with pytest.raises(DataError, match="examples to learn from"):
        probe_accuracy(empty, labels, np.zeros((1, 2)), np.zeros(1, int))
