"""Edges of labels: which are compared, and by how much they are late."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from speechgen.metrics.boundaries import edge_differences, matched_pairs


def longest_common(one: str, other: str) -> int:
    return max(
        size
        for size in range(min(len(one), len(other)) + 1)
        for kept in itertools.combinations(one, size)
        if kept in set(itertools.combinations(other, size))
    )


@pytest.mark.parametrize("other", ["", "a", "abc", "xabc", "acb", "axxbc", "cba", "aabbcc"])
def test_pairs_are_equal_in_order_and_as_many_as_can_be(other: str) -> None:
    pairs = matched_pairs("abcab", other)
    assert all("abcab"[i] == other[j] for i, j in pairs)
    assert all(i < k and j < m for (i, j), (k, m) in itertools.pairwise(pairs))
    assert len(pairs) == longest_common("abcab", other)


def test_each_edge_counts_once_and_ends_before_pauses_only() -> None:
    true = [(0.0, 0.1), (0.1, 0.3), (0.5, 0.7)]
    found = [(0.01, 0.12), (0.12, 0.27), (0.54, 0.75)]
    late = edge_differences(found, true, [(0, 0), (1, 1), (2, 2)])
    assert np.allclose(late, [0.01, 0.02, -0.03, 0.04, 0.05])
    assert np.allclose(edge_differences(found, true, [(1, 1)]), [0.02, -0.03])
    assert not len(edge_differences(found, true, []))
