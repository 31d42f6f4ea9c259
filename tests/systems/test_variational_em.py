"""Variational EM: the E-step fits q, the M-step fits theta, and the bound never falls."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from speechgen.images.data.dataset import digits

EXPERIMENTS = ("linear_vae",)


@pytest.mark.parametrize("seed", range(3))
def test_neither_step_lowers_the_bound(configured: Any, seed: int) -> None:
    model = configured("linear_vae", image_shape=[1, 8, 8], latent=4).double()
    images = torch.from_numpy(digits().images[:300]).double() / 255.0
    torch.manual_seed(seed)
    for weights in (*model.encoder.parameters(), *model.decoder.parameters()):
        torch.nn.init.normal_(weights, std=0.1)
    bounds = [model.elbo_nats(images).mean().item()]
    for _ in range(15):
        model.fit_posterior()
        bounds.append(model.elbo_nats(images).mean().item())
        model.fit_decoder(images)
        bounds.append(model.elbo_nats(images).mean().item())
    gains = torch.tensor(bounds).diff()
    assert (gains > -1e-9).all()
    assert gains[:4].min() > 1e-3  # both steps do something
    model.fit_posterior()  # and each is the best of its kind: no better q nearby
    q = (*model.encoder.parameters(), model.posterior_log_variance)
    for gradient in torch.autograd.grad(model.elbo_nats(images).mean(), q):
        assert gradient.abs().max() < 1e-9


def test_it_ends_at_the_principal_components(configured: Any) -> None:
    model = configured("linear_vae", image_shape=[1, 1, 6], latent=2).double()
    patterns = torch.linalg.qr(torch.randn(6, 2).double()).Q * torch.tensor([2.0, 1.0])
    images = torch.randn(1000, 2).double() @ patterns.T + 0.7 * torch.randn(1000, 6).double()
    images = images.view(-1, 1, 1, 6)
    for _ in range(200):
        model.fit_posterior()
        model.fit_decoder(images)
    covariance = torch.cov(images.flatten(1).T, correction=0)
    values, vectors = torch.linalg.eigh(covariance)
    # Tipping & Bishop 1999, section 3.2: the noise is the mean of the lesser eigenvalues, W W' the
    # greater ones less the noise, along their eigenvectors.
    noise = values[:4].mean()
    torch.testing.assert_close(model.log_variance.exp().detach(), noise, rtol=1e-6, atol=0.0)
    kept = vectors[:, 4:] * (values[4:] - noise)
    found = model.decoder.weight @ model.decoder.weight.T
    torch.testing.assert_close(found.detach(), kept @ vectors[:, 4:].T, atol=1e-5, rtol=0.0)
    torch.testing.assert_close(
        model.elbo_nats(images).mean(), model.log_prob(images).mean(), atol=1e-8, rtol=0.0
    )
