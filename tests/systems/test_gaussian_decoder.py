"""The Gaussian decoder: 0.5 log var + (x - mean)^2 / (2 var); least squares at one variance."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch.distributions import Normal

EXPERIMENTS = ("vae", "linear_vae")

HALF_LOG_TWO_PI = 0.5 * math.log(2.0 * math.pi)


def test_nats_are_those_of_the_normal_density(configured: Any) -> None:
    model = configured("vae", image_shape=[1, 3, 3], latent=2, observation="gaussian").double()
    images, codes = torch.rand(4, 1, 3, 3).double(), torch.randn(4, 2).double()
    mean, log_variance = model.params_of(codes).unbind(1)
    short = 0.5 * log_variance + (images - mean).square() / (2 * log_variance.exp())
    library = -Normal(mean, (0.5 * log_variance).exp()).log_prob(images)
    torch.testing.assert_close(short, library - HALF_LOG_TWO_PI)
    # what is reported keeps the constant: it is a density
    nats = -model.log_likelihood(images, codes[None])[0]
    torch.testing.assert_close(nats, (short + HALF_LOG_TWO_PI).flatten(1).sum(dim=1))


def test_the_shared_variance_of_the_linear_model_counts_the_same(configured: Any) -> None:
    model = configured("linear_vae", image_shape=[1, 3, 3], latent=2).double()
    images, codes = torch.rand(4, 1, 3, 3).double(), torch.randn(4, 2).double()
    mean = model.decoder(codes).view_as(images)
    wanted = Normal(mean, (0.5 * model.log_variance).exp()).log_prob(images)
    nats = model.log_likelihood(images, codes[None])[0]
    torch.testing.assert_close(nats, wanted.flatten(1).sum(dim=1))


def test_constant_variance_is_least_squares(configured: Any) -> None:
    model = configured("vae", image_shape=[1, 3, 3], latent=2, observation="least_squares")
    images, params = torch.rand(4, 1, 3, 3), torch.randn(4, 1, 1, 3, 3, requires_grad=True)
    nats = -model.observation.log_prob(params, images).sum()
    squares = (images - params[:, 0]).square().mean()
    (by_nats,), (by_squares,) = (torch.autograd.grad(loss, params) for loss in (nats, squares))
    torch.testing.assert_close(by_nats, by_squares * images.numel() / 2)


def test_certainty_is_bounded(configured: Any) -> None:
    model = configured("vae", image_shape=[1, 3, 3], latent=2, observation="gaussian")
    torch.nn.init.constant_(model.decoder[-1].bias, -1e6)
    assert torch.isfinite(model.evidence(torch.rand(2, 1, 3, 3)).elbo_nats).all()
