"""Autoencoders: encoder and decoder, of linear layers and of convolutions, trained together."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from speechgen.images.data.dataset import digits
from speechgen.images.training.reconstruction import ReconstructionObjective
from speechgen.training.loop.optimisation import OptimizerSettings

EXPERIMENTS = ("autoencoder", "conv_autoencoder")


@pytest.mark.parametrize("name", EXPERIMENTS)
@pytest.mark.parametrize("shape", [(1, 7, 5), (3, 9, 13), (1, 1, 3), (2, 8, 8), (1, 31, 17)])
def test_what_comes_back_has_the_very_shape(configured: Any, name: str, shape: Any) -> None:
    network = configured(name, image_shape=list(shape), latent=4)
    images = torch.rand(2, *shape)
    codes = network.latents(images)
    assert codes.shape == (2, 4)
    back = network.decode(codes)
    assert back.shape == images.shape
    assert back.min() >= 0.0 and back.max() <= 1.0
    torch.testing.assert_close(network.reconstruct(images), back)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_encoder_and_decoder_together_learn_eight_images_by_heart(
    configured: Any, name: str
) -> None:
    network = configured(name, image_shape=[1, 8, 8])
    batch = {"image": torch.from_numpy(digits().images[:8]).float() / 255}
    objective = ReconstructionObjective(
        network, optimizer=OptimizerSettings(name="adam", learning_rate=5e-3)
    )
    optimizer = objective.configure_optimizers()
    for _ in range(200):
        optimizer.zero_grad()
        objective.training_step(batch, 0).backward()
        optimizer.step()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())
    with torch.no_grad():
        assert objective.validation_values(batch)["mse"] < 1e-3
