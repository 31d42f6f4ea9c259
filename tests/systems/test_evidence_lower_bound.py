"""The evidence lower bound: below log p(x) whatever the posterior, equal to it at the best one."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

EXPERIMENTS = ("linear_vae",)


def model_and_images(configured: Any, *, orthogonal: bool) -> tuple[Any, Tensor]:
    """Patterns at right angles have a posterior without correlations: one of the family."""
    model = configured("linear_vae", image_shape=[1, 2, 3], latent=2).double()
    weight = torch.randn(6, 2).double()
    if orthogonal:
        weight = torch.linalg.qr(weight).Q * torch.tensor([0.9, 0.4])
    model.decoder.weight.data.copy_(weight)
    return model, torch.rand(50, 1, 2, 3).double()


@pytest.mark.parametrize("orthogonal", [True, False])
def test_any_posterior_stays_below(configured: Any, orthogonal: bool) -> None:
    model, images = model_and_images(configured, orthogonal=orthogonal)
    for scale in (0.1, 1.0, 3.0):
        for weights in (*model.encoder.parameters(), model.posterior_log_variance):
            torch.nn.init.normal_(weights, std=scale)
        assert (model.elbo_nats(images) < model.log_prob(images)).all()


def test_equality_at_the_optimum_and_nowhere_near(configured: Any) -> None:
    model, images = model_and_images(configured, orthogonal=True)
    model.fit_posterior()
    torch.testing.assert_close(
        model.elbo_nats(images), model.log_prob(images), atol=1e-10, rtol=0.0
    )
    for weights in (model.encoder.weight, model.encoder.bias, model.posterior_log_variance):
        kept = weights.detach().clone()
        weights.data += 0.01 * torch.randn_like(kept)
        assert (model.elbo_nats(images) < model.log_prob(images) - 1e-9).all()
        weights.data.copy_(kept)


def test_where_the_posterior_is_correlated_a_gap_stays(configured: Any) -> None:
    model, images = model_and_images(configured, orthogonal=False)
    model.fit_posterior()
    assert (model.log_prob(images) - model.elbo_nats(images) > 1e-3).all()


def test_the_bound_of_draws_is_below_on_average_and_exact_at_the_optimum(configured: Any) -> None:
    model, images = model_and_images(configured, orthogonal=True)
    stream = torch.Generator().manual_seed(0)
    with torch.no_grad():
        weights = model.log_weights(images, num_samples=2000, generator=stream)
        assert (weights.mean(dim=0) < model.log_prob(images)).all()
        model.fit_posterior()  # every single draw then weighs p(x)
        weights = model.log_weights(images, num_samples=3, generator=stream)
        wanted = model.log_prob(images).expand(3, -1)
        torch.testing.assert_close(weights, wanted, atol=1e-9, rtol=0.0)
