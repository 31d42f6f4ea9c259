"""Reparameterisation z = mean + sigma noise: gradients through draws, and L-sample estimates."""

from __future__ import annotations

from typing import Any

import torch

from speechgen.variational import DiagonalGaussian

EXPERIMENTS = ("vae",)


def test_gradients_of_the_mean_square_are_as_the_formula_says() -> None:
    # E[z^2] = mean^2 + var: by mean 2 mean, by log-variance var.
    mean = torch.tensor([0.7, -1.2], dtype=torch.float64, requires_grad=True)
    log_variance = torch.tensor([0.3, -0.8], dtype=torch.float64, requires_grad=True)
    noise = torch.randn(400_000, 2, dtype=torch.float64)
    noise = torch.cat([noise, -noise])
    square = DiagonalGaussian(mean, log_variance).sample(noise).square().mean(dim=0)
    by_mean, by_log_variance = torch.autograd.grad(square.sum(), (mean, log_variance))
    torch.testing.assert_close(by_mean, 2 * mean, atol=0.0, rtol=1e-9)  # noise of mean zero
    torch.testing.assert_close(by_log_variance, log_variance.exp(), atol=0.0, rtol=0.01)


def test_more_draws_have_less_variance_by_their_number(configured: Any) -> None:
    model = configured("vae", image_shape=[1, 4, 4], latent=3, hidden=[8]).double()
    for weights in model.parameters():
        torch.nn.init.normal_(weights, std=0.5)
    images, stream = torch.rand(1, 1, 4, 4).double().round(), torch.Generator().manual_seed(0)
    with torch.no_grad():
        draws = model.log_weights(images, num_samples=64_000, generator=stream)
    variances = [draws.view(-1, num).mean(dim=1).var().item() for num in (1, 4, 16)]
    for less, more in zip(variances[1:], variances, strict=False):
        assert 0.2 < less / more < 0.3125  # a quarter


def test_the_gradient_reaches_the_encoder_through_the_draw(configured: Any) -> None:
    model = configured("vae", image_shape=[1, 4, 4], latent=3, hidden=[8])
    found = model.evidence(torch.rand(5, 1, 4, 4))
    gradients = torch.autograd.grad(found.distortion_nats.sum(), list(model.encoder.parameters()))
    assert all((gradient != 0).any() for gradient in gradients)
