"""Two priors, and a posterior that follows the uniform one into (-1, 1)."""

from __future__ import annotations

import math

import pytest
import torch

from speechgen.errors import ConfigError
from speechgen.variational import (
    PRIORS,
    DiagonalGaussian,
    InverseAutoregressiveFlow,
    Uniform,
    closed_form_kl,
    log_ratio,
    posterior_for,
    prior_named,
    quantile,
)


@pytest.mark.parametrize("name", PRIORS)
def test_densities_add_up_to_one_and_draws_follow_the_quantiles(name: str) -> None:
    prior = prior_named(name, torch.zeros(1, dtype=torch.float64))
    # midpoints: the steps of the uniform density lie between two of them
    grid = (torch.arange(200_000, dtype=torch.float64) + 0.5) * (18.0 / 200_000) - 9.0
    assert prior.log_prob(grid).exp().sum().item() * 18.0 / 200_000 == pytest.approx(1.0, abs=1e-4)
    drawn = prior.sample(torch.randn(200_000, dtype=torch.float64))
    for probability in (0.1, 0.5, 0.8):
        edge = quantile(name, torch.tensor(probability, dtype=torch.float64))
        assert (drawn <= edge).double().mean().item() == pytest.approx(probability, abs=5e-3)


def test_the_squashed_posterior_has_a_density() -> None:
    # The density along the draws, against the numeric one of sorted draws' positions.
    inner = DiagonalGaussian(torch.tensor([0.3]).double(), torch.tensor([-1.0]).double())
    posterior = posterior_for("uniform", inner)
    noise = torch.linspace(-6.0, 6.0, 200_001, dtype=torch.float64)[:, None]
    latents, log_prob = posterior.draw(noise)
    assert (latents.abs() < 1).all()
    mass = 0.5 * (log_prob.exp()[1:] + log_prob.exp()[:-1]) * latents.diff(dim=0)
    assert mass.sum().item() == pytest.approx(1.0, abs=1e-5)


def test_the_divergence_from_the_uniform_prior_is_that_before_squashing() -> None:
    inner = DiagonalGaussian(torch.tensor([0.5, -1.0]), torch.tensor([-0.7, 0.4]))
    posterior = posterior_for("uniform", inner)
    prior = prior_named("uniform", torch.zeros(2))
    closed = closed_form_kl(posterior, prior)
    assert closed is not None
    torch.testing.assert_close(
        closed, closed_form_kl(inner, DiagonalGaussian.standard_like(closed))
    )
    _, ratio = log_ratio(posterior, prior, torch.randn(200_000, 2))
    error = ratio.std(dim=0) / math.sqrt(len(ratio))
    assert ((ratio.mean(dim=0) - closed).abs() < 3.5 * error).all()


def test_far_draws_stay_finite() -> None:
    posterior = posterior_for("uniform", DiagonalGaussian(torch.zeros(1), torch.zeros(1)))
    _, ratio = log_ratio(posterior, Uniform(torch.zeros(1)), torch.tensor([[-30.0], [30.0]]))
    assert torch.isfinite(ratio).all()  # erf is 1 in single precision there


def test_no_formula_is_claimed_where_there_is_none() -> None:
    gaussian = DiagonalGaussian(torch.zeros(2), torch.zeros(2))
    assert closed_form_kl(InverseAutoregressiveFlow(gaussian, ()), gaussian) is None
    assert closed_form_kl(gaussian, Uniform(torch.zeros(2))) is None


def test_unknown_priors_are_refused() -> None:
    for call in (prior_named, posterior_for, quantile):
        with pytest.raises(ConfigError, match="cauchy"):
            call("cauchy", torch.zeros(1))
