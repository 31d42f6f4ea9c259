"""The identity log p(x) = ELBO + KL(q(z|x), p(z|x)), for any q and where p(z|x) is known."""

from __future__ import annotations

from typing import Any

import torch
from torch.distributions import MultivariateNormal, kl_divergence

EXPERIMENTS = ("linear_vae",)


def test_both_sides_agree_for_any_posterior(configured: Any) -> None:
    model = configured("linear_vae", image_shape=[1, 2, 3], latent=2).double()
    images = torch.rand(20, 1, 2, 3).double()
    for _ in range(5):
        for weights in model.parameters():
            torch.nn.init.normal_(weights, std=0.7)
        mean, covariance = model.exact_posterior(images)
        posterior = model.posterior(images)
        ours = MultivariateNormal(posterior.mean, torch.diag_embed(posterior.log_variance.exp()))
        gap = kl_divergence(ours, MultivariateNormal(mean, covariance))
        assert (gap > 0).all()
        torch.testing.assert_close(
            model.elbo_nats(images) + gap, model.log_prob(images), atol=1e-5, rtol=0.0
        )


def test_importance_samples_close_the_gap(configured: Any) -> None:
    from speechgen.variational import importance_log_likelihood

    model = configured("linear_vae", image_shape=[1, 1, 3], latent=2).double()
    images = torch.rand(5, 1, 1, 3).double()
    stream = torch.Generator().manual_seed(0)
    with torch.no_grad():
        model.fit_posterior()
        model.encoder.bias += 0.1  # wrong enough for a gap, wide enough for tame weights
        model.posterior_log_variance += 1.0
        found = importance_log_likelihood(
            lambda num: model.log_weights(images, num_samples=num, generator=stream),
            num_samples=20_000, chunk=5000,
        )  # fmt: skip
        assert (model.log_prob(images) - model.elbo_nats(images) > 0.04).all()
        torch.testing.assert_close(found, model.log_prob(images), atol=0.02, rtol=0.0)
