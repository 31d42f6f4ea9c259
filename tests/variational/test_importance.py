"""The importance-weighted bound: one sample is the ELBO's, more are tighter, many are log p(x)."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.distributions import Normal

from speechgen.variational import importance_bound, importance_log_likelihood

# z ~ N(0, 1), x | z ~ N(z, 1): p(x) = N(0, 2), p(z|x) = N(x / 2, 1 / 2); q is a wrong guess.
X = torch.tensor([0.7, -1.5], dtype=torch.float64)
EXACT = Normal(0.0, math.sqrt(2.0)).log_prob(X)


def weights(num: int) -> Tensor:
    guess = Normal(X / 3, torch.full_like(X, 0.9))
    z = guess.sample((num,))
    return Normal(0.0, 1.0).log_prob(z) + Normal(z, 1.0).log_prob(X) - guess.log_prob(z)


def test_one_sample_is_the_weight_itself_and_more_are_their_mean() -> None:
    drawn = weights(6)
    torch.testing.assert_close(importance_bound(drawn[:1]), drawn[0])
    torch.testing.assert_close(importance_bound(drawn), drawn.exp().mean(dim=0).log())


def test_the_bound_grows_with_samples_and_stays_below() -> None:
    means = [importance_bound(weights(k * 4000).view(k, 4000, 2).permute(0, 1, 2).flatten(1))
             .view(4000, 2).mean(dim=0) for k in (1, 5, 50)]  # fmt: skip
    assert (means[0] < means[1]).all()
    assert (means[1] < means[2]).all()
    assert (means[2] < EXACT + 1e-2).all()


def test_many_samples_are_the_evidence_whatever_the_chunks() -> None:
    kept = weights(20_000)
    for chunk in (20_000, 7):
        place = iter(kept.split(chunk))
        found = importance_log_likelihood(lambda n, p=place: next(p), num_samples=20_000,
                                          chunk=chunk)  # fmt: skip
        torch.testing.assert_close(found, importance_bound(kept))
    torch.testing.assert_close(found, EXACT, atol=5e-3, rtol=0.0)


def test_only_as_many_are_asked_for_as_needed() -> None:
    asked: list[int] = []

    def draw(num: int) -> Tensor:
        asked.append(num)
        return weights(num)

    importance_log_likelihood(draw, num_samples=25, chunk=10)
    assert asked == [10, 10, 5]
    with pytest.raises(ValueError, match="1 or more"):
        importance_log_likelihood(draw, num_samples=0)


def test_improbable_images_do_not_underflow() -> None:
    assert importance_bound(torch.tensor([[-5000.0], [-5001.0]])).item() == pytest.approx(
        -5000.0 + math.log((1 + math.exp(-1)) / 2), abs=1e-3
    )
