"""The closed form KL(N(mean, var), N(0, 1)) = 0.5 (var + mean^2 - 1 - log var)."""

from __future__ import annotations

from typing import Any

import torch
from torch.distributions import Normal, kl_divergence

from speechgen.variational import DiagonalGaussian, log_ratio, standard_gaussian_kl

EXPERIMENTS = ("vae", "conv_vae", "conditional_vae")


def test_against_the_formula_the_library_and_a_million_draws() -> None:
    mean = torch.tensor([0.0, 1.3, -0.4, 2.0], dtype=torch.float64)
    log_variance = torch.tensor([0.0, -1.0, 0.7, -3.0], dtype=torch.float64)
    closed = standard_gaussian_kl(mean, log_variance)
    variance = log_variance.exp()
    torch.testing.assert_close(closed, 0.5 * (variance + mean**2 - 1 - log_variance))
    library = kl_divergence(Normal(mean, variance.sqrt()), Normal(0.0, 1.0))
    torch.testing.assert_close(closed, library)
    posterior = DiagonalGaussian(mean, log_variance)
    noise = torch.randn(1_000_000, 4, dtype=torch.float64)
    _, ratio = log_ratio(posterior, DiagonalGaussian.standard_like(mean), noise)
    error = ratio.std(dim=0) / 1000.0
    assert ((ratio.mean(dim=0) - closed).abs() <= 3.0 * error).all()


def test_zero_at_the_prior() -> None:
    zeros = torch.zeros(5)
    assert torch.equal(standard_gaussian_kl(zeros, zeros), zeros)


def test_it_is_what_the_models_count(configured: Any) -> None:
    for name in EXPERIMENTS:
        model = configured(name, image_shape=[1, 4, 4], latent=3)
        images, labels = torch.rand(2, 1, 4, 4), torch.arange(2)
        posterior = model.posterior(images, labels)
        scale = torch.exp(0.5 * posterior.log_variance)
        wanted = kl_divergence(Normal(posterior.mean, scale), Normal(0.0, 1.0))
        found = model.evidence(images, labels)
        torch.testing.assert_close(found.kl, wanted, atol=1e-6, rtol=1e-4)
        torch.testing.assert_close(found.rate_nats, wanted.sum(dim=1), atol=1e-6, rtol=1e-4)
