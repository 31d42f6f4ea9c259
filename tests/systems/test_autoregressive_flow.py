"""A posterior through inverse autoregressive flow: its log-determinant, and none at all."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from speechgen.variational import DiagonalGaussian

EXPERIMENTS = ("iaf_vae",)


def model_and_image(configured: Any, **arguments: Any) -> tuple[Any, Tensor]:
    small = {"image_shape": [1, 4, 4], "latent": 5, "channels": [4], "features": 8}
    model = configured("iaf_vae", **small, **arguments).double().eval()
    return model, torch.rand(1, 1, 4, 4).double()


@pytest.mark.parametrize("prior", ["gaussian", "uniform"])
@pytest.mark.parametrize("update", ["gated", "affine"])
def test_log_density_is_by_the_numeric_jacobian(configured: Any, update: str, prior: str) -> None:
    model, image = model_and_image(configured, update=update, prior=prior, steps=3)
    for network in model.flow:
        torch.nn.init.normal_(network.layers[-1].weight, std=0.3 if update == "gated" else 0.05)
    posterior, noise = model.posterior(image), torch.randn(5).double()

    def draw(values: Tensor) -> Tensor:
        return posterior.draw(values[None])[0][0]

    jacobian = torch.stack([  # central differences, column by column
        (draw(noise + step) - draw(noise - step)) / 2e-5 for step in 1e-5 * torch.eye(5).double()
    ], dim=1)  # fmt: skip
    assert (jacobian - jacobian.diag().diag()).abs().max() > 1e-3  # no diagonal Gaussian any more
    _, log_prob = posterior.draw(noise[None])
    base = torch.distributions.Normal(0.0, 1.0).log_prob(noise).sum()
    wanted = base - torch.linalg.slogdet(jacobian).logabsdet
    torch.testing.assert_close(log_prob.sum(), wanted, atol=1e-6, rtol=0.0)


def test_networks_of_zeros_leave_a_diagonal_posterior(configured: Any) -> None:
    model, image = model_and_image(configured, update="affine")
    for weights in model.flow.parameters():
        torch.nn.init.zeros_(weights)
    plain = DiagonalGaussian.from_params(model.to_posterior(model.encoder(image)))
    noise = torch.randn(7, 1, 5).double()
    latents, log_prob = model.posterior(image).draw(noise)
    wanted, density = plain.draw(noise)
    # the second step sees the latents in reverse order
    torch.testing.assert_close(latents.flip(-1), wanted)
    torch.testing.assert_close(log_prob.flip(-1), density)


def test_gates_of_zeros_halve_a_diagonal_posterior(configured: Any) -> None:
    model, image = model_and_image(configured, update="gated", steps=1)
    for weights in model.flow.parameters():
        torch.nn.init.zeros_(weights)
    plain = DiagonalGaussian.from_params(model.to_posterior(model.encoder(image)))
    halved = DiagonalGaussian(plain.mean / 2, plain.log_variance - 2 * torch.log(torch.tensor(2.0)))
    latents, log_prob = model.posterior(image).draw(torch.randn(7, 1, 5).double())
    torch.testing.assert_close(log_prob, halved.log_prob(latents))


def test_the_divergence_is_by_draws_and_agrees_with_the_closed_form(configured: Any) -> None:
    model, image = model_and_image(configured, steps=0)
    found = model.evidence(image, num_samples=20_000)
    base = model.posterior(image).base
    wanted = 0.5 * (base.log_variance.exp() + base.mean**2 - 1 - base.log_variance)
    torch.testing.assert_close(found.kl, wanted, atol=0.05, rtol=0.0)
