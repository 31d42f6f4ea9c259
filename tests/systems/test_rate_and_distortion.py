"""Information: the bits of z (rate) and of x given z (distortion) add up to -ELBO in bits."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from speechgen.training import compose
from speechgen.training.objectives import build_objective, objective_settings

EXPERIMENTS = (
    "vae", "vae_deep", "conv_vae", "conditional_vae", "iaf_vae", "iwae", "beta_vae", "linear_vae",
)  # fmt: skip


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_what_is_logged_adds_up(configured: Any, name: str) -> None:
    model = configured(name, image_shape=[1, 6, 5])
    settings = compose([f"experiment={name}", "data.train=x", "output=x"])["objective"]
    objective: Any = build_objective(objective_settings(settings, "images"), model, None, None)
    batch = {"image": torch.rand(7, 1, 6, 5).round(), "label": torch.arange(7)}
    objective.training_step(batch, 0)
    for values in (objective.values, objective.validation_values(batch)):
        bits = values["rate_bits"] + values["distortion_bits"]
        torch.testing.assert_close(bits, -values["elbo_nats"] / math.log(2.0))


@pytest.mark.parametrize("name", ["vae", "iaf_vae"])
def test_a_posterior_that_says_nothing_has_no_rate(configured: Any, name: str) -> None:
    arguments = {"steps": 0, "channels": [4], "features": 8} if name == "iaf_vae" else {}
    model = configured(name, image_shape=[1, 6, 5], latent=3, **arguments)
    last = model.encoder[-1] if name == "vae" else model.to_posterior
    torch.nn.init.zeros_(last.weight)
    torch.nn.init.zeros_(last.bias)
    images = torch.rand(4, 1, 6, 5)
    found = model.evidence(images, num_samples=3)
    torch.testing.assert_close(found.rate_nats, torch.zeros(4), atol=1e-6, rtol=0.0)
    # one more nat of rate for a mean at sqrt(2)
    last.bias.data[0] = math.sqrt(2.0)
    found = model.evidence(images, num_samples=10_000)
    torch.testing.assert_close(found.rate_nats, torch.ones(4), atol=0.06, rtol=0.0)
