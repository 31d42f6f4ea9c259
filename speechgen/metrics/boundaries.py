"""How far the edges of labels are from those of a reference that may name them otherwise."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

Interval = tuple[float, float]
_GAP_SECONDS = 1e-3  # from here on two labels do not touch


def matched_pairs(one: Sequence[Hashable], other: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Places of equal items on a path of fewest edits from ``one`` to ``other``.

    V. Levenshtein, Soviet Physics Doklady 10(8), 1966; a substitution costs as much as a deletion
    and an insertion would less a bit, so that all that can match does.
    """
    cost = np.zeros((len(one) + 1, len(other) + 1))
    cost[:, 0], cost[0] = np.arange(len(one) + 1), np.arange(len(other) + 1)
    for i, mine in enumerate(one):
        for j, theirs in enumerate(other):
            swapped = cost[i, j] + (0.0 if mine == theirs else 1.5)
            cost[i + 1, j + 1] = min(swapped, cost[i, j + 1] + 1.0, cost[i + 1, j] + 1.0)
    pairs: list[tuple[int, int]] = []
    i, j = len(one), len(other)
    while i and j:
        same = one[i - 1] == other[j - 1]
        if cost[i, j] == cost[i - 1, j - 1] + (0.0 if same else 1.5):
            i, j = i - 1, j - 1
            if same:
                pairs.append((i, j))
        elif cost[i, j] == cost[i - 1, j] + 1.0:
            i -= 1
        else:
            j -= 1
    return pairs[::-1]


def edge_differences(
    estimate: Sequence[Interval], reference: Sequence[Interval], pairs: Sequence[tuple[int, int]]
) -> np.ndarray:
    """Seconds by which the edges of pairs are late, each edge once.

    Parameters
    ----------
    estimate, reference
        Beginning and end of each label, in seconds, in order.
    pairs
        Places of labels that are the same, in both.

    Returns
    -------
    ndarray
        (edge,): of all beginnings, and of those ends at which no other label of the reference
        begins.
    """
    late = []
    for mine, true in pairs:
        late.append(estimate[mine][0] - reference[true][0])
        after = reference[true + 1][0] if true + 1 < len(reference) else np.inf
        if after - reference[true][1] > _GAP_SECONDS:
            late.append(estimate[mine][1] - reference[true][1])
    return np.array(late)
