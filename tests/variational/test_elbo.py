"""The bound's parts: what sums, what means, what weights do, on a case with an exact answer."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from speechgen.variational import (
    DiagonalGaussian,
    Evidence,
    evidence,
    linear_annealing,
    standard_noise,
    weighted_loss,
)


def one(num_samples: int, *, closed: bool = True, frames: int = 0) -> Evidence:
    """Four examples, three latents; log p(x|z) = -|z|^2."""
    shape = (4, 3, frames) if frames else (4, 3)
    torch.manual_seed(1)
    posterior = DiagonalGaussian(*torch.randn(2, *shape, dtype=torch.float64))
    noise = torch.randn(num_samples, *shape, dtype=torch.float64)
    prior = DiagonalGaussian.standard_like(posterior.mean)
    hidden = posterior if closed else Hidden(posterior)
    return evidence(hidden, prior, lambda z: -z.square().flatten(2).sum(dim=2), noise)


class Hidden:
    """A posterior whose family nobody knows: only its draws can be used."""

    def __init__(self, inner: DiagonalGaussian) -> None:
        self.inner = inner

    def draw(self, noise: Tensor) -> tuple[Tensor, Tensor]:
        return self.inner.draw(noise)


def test_rate_and_distortion_are_minus_the_bound() -> None:
    found = one(5)
    torch.testing.assert_close(found.rate_nats + found.distortion_nats, -found.elbo_nats)
    values = found.values()
    bits = values["rate_bits"] + values["distortion_bits"]
    torch.testing.assert_close(bits, -values["elbo_nats"] / math.log(2.0))
    assert found.elbo_nats.shape == (4,)
    assert found.kl.shape == (4, 3)


def test_the_closed_form_is_what_draws_tend_to() -> None:
    closed, drawn = one(1), one(100_000, closed=False)
    torch.testing.assert_close(drawn.kl, closed.kl, atol=0.05, rtol=0.0)
    torch.testing.assert_close(drawn.kl.sum(dim=1), drawn.log_ratio.mean(dim=0))
    torch.testing.assert_close(drawn.elbo_nats, drawn.log_weights.mean(dim=0))


def test_further_axes_are_summed() -> None:
    found = one(2, frames=7)
    assert found.kl.shape == (4, 3)
    assert found.log_weights.shape == (2, 4)
    long = one(50_000, frames=2, closed=False)
    torch.testing.assert_close(long.kl, one(1, frames=2).kl, atol=0.1, rtol=0.0)


def test_loss_is_the_mean_over_the_batch_and_weights_count_once() -> None:
    found = one(3)
    torch.testing.assert_close(weighted_loss(found), -found.elbo_nats.mean())
    twice = weighted_loss(found, kl_weight=2.0)
    torch.testing.assert_close(twice - weighted_loss(found), found.rate_nats.mean())
    without = weighted_loss(found, kl_weight=0.0)
    torch.testing.assert_close(without, found.distortion_nats.mean())


def test_free_bits_are_paid_by_each_latent_alone_without_gradient_below() -> None:
    kl = torch.tensor([[0.1, 1.0], [0.3, 3.0]], requires_grad=True)
    found = Evidence(torch.zeros(1, 2), torch.zeros(1, 2), kl)
    loss = weighted_loss(found, free_bits_nats=0.5)
    assert loss.item() == pytest.approx(0.5 + 2.0)  # the first latent's mean is 0.2
    (gradient,) = torch.autograd.grad(loss, kl)
    assert gradient.tolist() == [[0.0, 0.5], [0.0, 0.5]]


def test_annealing_rises_evenly_to_one() -> None:
    assert [linear_annealing(step, 3) for step in range(5)] == [0.25, 0.5, 0.75, 1.0, 1.0]
    assert linear_annealing(0, 0) == 1.0


def test_noise_comes_from_the_given_stream() -> None:
    like = torch.zeros(1, dtype=torch.float64)
    first, second = (
        standard_noise((2, 3), like, torch.Generator().manual_seed(5)) for _ in range(2)
    )
    assert torch.equal(first, second)
    assert first.dtype == torch.float64
