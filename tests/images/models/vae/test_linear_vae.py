"""The linear autoencoder's closed forms against each other and against the library."""

from __future__ import annotations

import math

import pytest
import torch
from torch.distributions import MultivariateNormal

from speechgen.images.models.vae.linear_vae import LinearVAE


def model_of(size: int = 5, latent: int = 2) -> LinearVAE:
    model = LinearVAE(image_shape=(1, 1, size), latent=latent, variance=0.3).double()
    for weights in (model.encoder, model.decoder):
        torch.nn.init.normal_(weights.weight)
        torch.nn.init.normal_(weights.bias)
    return model


def test_evidence_and_posterior_are_the_joint_gaussians() -> None:
    model, images = model_of(), torch.rand(4, 1, 1, 5).double()
    weight, noise = model.decoder.weight, model.log_variance.exp()
    covariance = weight @ weight.T + noise * torch.eye(5)
    exact = MultivariateNormal(model.decoder.bias, covariance)
    torch.testing.assert_close(model.log_prob(images), exact.log_prob(images.flatten(1)))
    gain = weight.T @ torch.linalg.inv(covariance)
    mean, left = model.exact_posterior(images)
    torch.testing.assert_close(mean, (images.flatten(1) - model.decoder.bias) @ gain.T)
    torch.testing.assert_close(left, torch.eye(2).double() - gain @ weight)


def test_the_closed_bound_is_what_draws_tend_to() -> None:
    model, images = model_of(), torch.rand(2, 1, 1, 5).double()
    model.fit_posterior()
    found = model.evidence(images, num_samples=100_000)
    error = found.log_weights.std(dim=0) / math.sqrt(100_000)
    drawn = found.log_weights.mean(dim=0)
    assert ((drawn - model.elbo_nats(images)).abs() < 4 * error).all()


def test_the_best_posterior_is_best() -> None:
    model, images = model_of(), torch.rand(3, 1, 1, 5).double()
    model.fit_posterior()
    loss = -model.elbo_nats(images).sum()
    for weights in (model.encoder.weight, model.encoder.bias, model.posterior_log_variance):
        (gradient,) = torch.autograd.grad(loss, weights, retain_graph=True)
        assert gradient.abs().max().item() == pytest.approx(0.0, abs=1e-9)


def test_the_best_decoder_is_best() -> None:
    model, images = model_of(), torch.rand(30, 1, 1, 5).double()
    model.fit_decoder(images)
    loss = -model.elbo_nats(images).mean()
    for weights in (model.decoder.weight, model.decoder.bias, model.log_variance):
        (gradient,) = torch.autograd.grad(loss, weights, retain_graph=True)
        assert gradient.abs().max().item() == pytest.approx(0.0, abs=1e-9)
