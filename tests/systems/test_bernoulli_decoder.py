"""The Bernoulli decoder and the 784-400-20-400-784 code, whose loss is -ELBO / 784."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from speechgen.training import compose
from speechgen.training.objectives import build_objective, objective_settings

EXPERIMENTS = ("vae",)
PIXELS = 784


def deck_loss(model: Any, images: Tensor, batch_size: int, noise: Tensor) -> Tensor:
    """The code as the lectures show it: mean cross entropy, KL over batch_size * 784."""
    mean, log_variance = model.encoder(images.flatten(1)).chunk(2, dim=1)
    codes = mean + torch.exp(0.5 * log_variance) * noise
    restored = torch.sigmoid(model.decoder(codes))
    entropy = F.binary_cross_entropy(restored, images.flatten(1))
    kl = -0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())
    return entropy + kl / (batch_size * PIXELS)


def ours(model: Any, images: Tensor) -> Tensor:
    """What the configured objective minimises, in nats per image."""
    settings = compose(["experiment=vae", "data.train=x", "output=x"])["objective"]
    objective: Any = build_objective(objective_settings(settings, "images"), model, None, None)
    torch.manual_seed(5)
    return objective.training_step({"image": images, "label": torch.zeros(len(images))}, 0)


def the_noise(num: int) -> Tensor:
    torch.manual_seed(5)
    return torch.randn(1, num, 20, dtype=torch.float64)[0]


def test_the_default_is_that_code(configured: Any) -> None:
    model = configured("vae")
    assert sum(weights.numel() for weights in model.parameters()) == 652_824
    widths = [layer.weight.shape for layer in (*model.encoder, *model.decoder)
              if hasattr(layer, "weight")]  # fmt: skip
    assert widths == [(400, 784), (40, 400), (400, 20), (784, 400)]


def test_loss_is_the_bound_on_full_and_on_partial_batches(configured: Any) -> None:
    model = configured("vae").double()
    images = torch.rand(32, 1, 28, 28).double()
    full = deck_loss(model, images, 32, the_noise(32))
    torch.testing.assert_close(full, ours(model, images) / PIXELS)
    # the trap: with a last batch of 5 the deck still divides the KL by the full size
    rest = images[:5]
    wrong = deck_loss(model, rest, 32, the_noise(5))
    right = deck_loss(model, rest, 5, the_noise(5))
    torch.testing.assert_close(right, ours(model, rest) / PIXELS)
    assert wrong < right - 1e-6


def test_bernoulli_nats_are_the_cross_entropy(configured: Any) -> None:
    model = configured("vae", image_shape=[1, 2, 3], latent=2)
    images, codes = torch.rand(4, 1, 2, 3), torch.randn(1, 4, 2)
    wanted = F.binary_cross_entropy(model.decode(codes[0]), images, reduction="none")
    nats = -model.log_likelihood(images, codes)[0]
    torch.testing.assert_close(nats, wanted.flatten(1).sum(dim=1))


def test_evaluation_draws_instead_of_taking_the_mean(configured: Any) -> None:
    model = configured("vae", image_shape=[1, 2, 3], latent=2).eval()
    streams = [torch.Generator().manual_seed(seed) for seed in (0, 1)]
    with torch.no_grad():
        first, second = (
            model.log_weights(torch.rand(1, 1, 2, 3), num_samples=1, generator=g) for g in streams
        )
    assert not torch.equal(first, second)
