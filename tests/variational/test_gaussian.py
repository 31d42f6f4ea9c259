"""The diagonal Gaussian and its divergences: against the library, by hand, at the edges."""

from __future__ import annotations

import torch
from torch.distributions import Normal, kl_divergence

from speechgen.variational import (
    DiagonalGaussian,
    closed_form_kl,
    gaussian_kl,
    standard_gaussian_kl,
)


def drawn() -> DiagonalGaussian:
    return DiagonalGaussian(*torch.randn(2, 3, 4, dtype=torch.float64))


def library(gaussian: DiagonalGaussian) -> Normal:
    return Normal(gaussian.mean, torch.exp(0.5 * gaussian.log_variance))


def test_density_and_draws_are_those_of_the_library() -> None:
    gaussian, noise = drawn(), torch.randn(5, 3, 4, dtype=torch.float64)
    latents, log_prob = gaussian.draw(noise)
    scale = torch.exp(0.5 * gaussian.log_variance)
    torch.testing.assert_close(latents, gaussian.mean + scale * noise)
    torch.testing.assert_close(log_prob, library(gaussian).log_prob(latents))
    torch.testing.assert_close(log_prob, gaussian.log_prob(latents))


def test_divergences_are_those_of_the_library() -> None:
    one, other = drawn(), drawn()
    torch.testing.assert_close(gaussian_kl(one, other), kl_divergence(library(one), library(other)))
    standard = DiagonalGaussian.standard_like(one.mean)
    wanted = kl_divergence(library(one), library(standard))
    torch.testing.assert_close(standard_gaussian_kl(one.mean, one.log_variance), wanted)
    torch.testing.assert_close(closed_form_kl(one, standard), wanted)


def test_a_distribution_is_at_no_distance_from_itself() -> None:
    zero = torch.zeros(4)
    assert torch.equal(standard_gaussian_kl(zero, zero), zero)
    one = drawn()
    assert torch.equal(gaussian_kl(one, one), torch.zeros_like(one.mean))
    assert (standard_gaussian_kl(*torch.randn(2, 100)) > 0).all()


def test_small_divergences_do_not_cancel_away_in_single_precision() -> None:
    small = torch.tensor([1e-3])
    exact = 0.5 * (torch.expm1(small.double()) - small.double())
    torch.testing.assert_close(standard_gaussian_kl(torch.zeros(1), small).double(), exact,
                               rtol=1e-3, atol=0.0)  # fmt: skip


def test_params_are_means_then_log_variances_and_never_overflow() -> None:
    params = torch.tensor([[1.0, 2.0, 500.0, -500.0]], requires_grad=True)
    gaussian = DiagonalGaussian.from_params(params)
    assert gaussian.mean.tolist() == [[1.0, 2.0]]
    latents, log_prob = gaussian.draw(torch.ones(1, 2))
    divergence = standard_gaussian_kl(gaussian.mean, gaussian.log_variance)
    total = latents.sum() + log_prob.sum() + divergence.sum()
    (gradient,) = torch.autograd.grad(total, params)
    assert torch.isfinite(total)
    assert torch.isfinite(gradient).all()


def test_latents_may_have_further_axes() -> None:
    params = torch.randn(2, 6, 5)
    gaussian = DiagonalGaussian.from_params(params)
    assert gaussian.mean.shape == (2, 3, 5)
    assert torch.equal(gaussian.log_variance, params[:, 3:])
