"""Sums and maxima over alignments against all alignments of tiny cases, one by one."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch import Tensor

from speechgen.models.text.monotonic import best_path, durations_of, forward_sum, static_prior


def _paths(frames: int, symbols: int, skippable: list[bool]) -> list[tuple[int, ...]]:
    """All alignments, from what they must be like."""

    def fits(path: tuple[int, ...]) -> bool:
        visited = [-1, *path, symbols]
        for here, there in itertools.pairwise(visited):
            left_out = range(here + 1, there)
            if there < here or len(left_out) > 1 or not all(skippable[i] for i in left_out):
                return False
            if there == here and there in (-1, symbols):
                return False
        return True

    return [path for path in itertools.product(range(symbols), repeat=frames) if fits(path)]


CASES = [
    (5, 3, [False, False, False]),
    (4, 4, [False, True, False, True]),
    (6, 4, [True, False, True, False]),
    (3, 5, [True, False, True, False, True]),
    (1, 1, [False]),
]


@pytest.mark.parametrize(("frames", "symbols", "skippable"), CASES)
def test_sum_gradient_and_best_path_are_those_of_all_alignments(
    frames: int, symbols: int, skippable: list[bool]
) -> None:
    torch.manual_seed(frames)
    scores = torch.randn(frames, symbols).log_softmax(1).double().requires_grad_()
    paths = _paths(frames, symbols, skippable)
    each = torch.stack([scores[range(frames), path].sum() for path in paths])
    wanted = each.logsumexp(0)
    (slope,) = torch.autograd.grad(wanted, scores)
    likeliest = paths[int(each.argmax())]

    # beside it in the batch, a longer one, so that lengths count
    padded = torch.randn(2, frames + 2, symbols + 1)
    padded[0, :frames, :symbols] = scores.detach().float()
    padded.requires_grad_()
    lengths = torch.tensor([frames, frames + 2]), torch.tensor([symbols, symbols + 1])
    skips = torch.tensor([[*skippable, True], [True] + [False] * symbols])
    total = forward_sum(padded, *lengths, skips)
    assert float(total[0].detach()) == pytest.approx(float(wanted), abs=1e-4)
    total[0].backward()
    assert padded.grad is not None
    torch.testing.assert_close(
        padded.grad[0, :frames, :symbols], slope.float(), atol=1e-4, rtol=1e-4
    )
    assert not padded.grad[0, frames:].any() and not padded.grad[1].any()
    path = best_path(padded, *lengths, skips)
    assert tuple(path[0, :frames].tolist()) == likeliest
    counts = durations_of(path, lengths[0], symbols + 1)
    assert counts[0].tolist() == [likeliest.count(i) for i in range(symbols + 1)]


def test_no_alignment_counts_nothing() -> None:
    scores = torch.zeros(1, 2, 3, requires_grad=True)
    total = forward_sum(scores, torch.tensor([2]), torch.tensor([3]), torch.zeros(1, 3).bool())
    total.sum().backward()
    assert float(total.detach()) == 0 and scores.grad is not None and not scores.grad.any()


def test_prior_is_a_distribution_about_the_diagonal() -> None:
    prior = static_prior(torch.tensor([9, 6]), torch.tensor([4, 5]), (9, 5))

    def check(rows: Tensor) -> None:
        torch.testing.assert_close(rows.exp().sum(1), torch.ones(len(rows)), atol=1e-4, rtol=0)
        assert rows.argmax(1)[0] == 0 and rows.argmax(1)[-1] == rows.shape[1] - 1
        assert (rows.argmax(1).diff() >= 0).all()

    check(prior[0, :, :4])
    check(prior[1, :6])
    # betabinom(n=3, a=1, b=9).pmf(0) = B(1, 12) / B(1, 9)
    assert float(prior[0, 0, 0]) == pytest.approx(math.log(9 / 12), abs=1e-4)
