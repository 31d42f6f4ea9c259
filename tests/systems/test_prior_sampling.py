"""Sampling: z comes from the prior, without the encoder."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

EXPERIMENTS = ("vae", "vae_deep", "conv_vae", "conditional_vae", "iaf_vae", "linear_vae")


class Raising(nn.Module):
    """What nobody may call."""

    def forward(self, *_: Any) -> Any:
        raise AssertionError("the encoder was asked")


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_samples_need_no_encoder(configured: Any, name: str) -> None:
    model = configured(name, image_shape=[1, 5, 4])
    labels = torch.arange(6) if model.num_classes else None
    wanted = model.sample(6, generator=torch.Generator().manual_seed(0), labels=labels)
    model.encoder = Raising()
    for part in ("to_posterior", "flow"):
        if hasattr(model, part):
            setattr(model, part, Raising())
    found = model.sample(6, generator=torch.Generator().manual_seed(0), labels=labels)
    assert torch.equal(found, wanted)
    assert found.shape == (6, 1, 5, 4)
    with pytest.raises(AssertionError, match="asked"):
        model.latents(found, labels)


@pytest.mark.parametrize("prior", ["gaussian", "uniform"])
def test_latents_come_from_the_prior(configured: Any, prior: str) -> None:
    # A decoder that shows z itself: least squares through an identity.
    model = configured("vae", image_shape=[1, 1, 2], latent=2, hidden=[], prior=prior,
                       observation="least_squares")  # fmt: skip
    model.decoder[0].weight.data.copy_(torch.eye(2) * 0.1)
    nn.init.constant_(model.decoder[0].bias, 0.5)
    drawn = model.sample(20_000, generator=torch.Generator().manual_seed(0))
    codes = (drawn.flatten(1) - 0.5) / 0.1
    variance = 1.0 if prior == "gaussian" else 1.0 / 3.0
    torch.testing.assert_close(codes.mean(dim=0), torch.zeros(2), atol=0.03, rtol=0.0)
    torch.testing.assert_close(codes.var(dim=0), torch.full((2,), variance), atol=0.03, rtol=0.0)
    torch.testing.assert_close(torch.corrcoef(codes.T)[0, 1], torch.tensor(0.0), atol=0.03, rtol=0)
    assert (codes.abs().max() <= 1.0 + 1e-4) == (prior == "uniform")
