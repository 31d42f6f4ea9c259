"""Compression: images to bytes at about their entropy, decoded exactly."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from speechgen.errors import DataError
from speechgen.images.data.dataset import digits
from speechgen.training import compose
from speechgen.training.objectives import build_objective, objective_settings

EXPERIMENTS = ("compressive_autoencoder",)
SIZES = {"image_shape": [1, 8, 8], "channels": [16, 32], "latent": 16}
HEADER = 12


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return torch.from_numpy(digits().images).float() / 255


def objective_of(network: Any) -> Any:
    values = compose(["experiment=compressive_autoencoder", "data.train=x", "output=x"])
    settings = objective_settings(values["objective"], "images")
    return build_objective(settings, network, None, None)  # type: ignore[arg-type]


@pytest.fixture
def trained(configured: Any, images: torch.Tensor) -> Any:
    """A network after a few hundred steps on digits, without the last 300."""
    objective = objective_of(configured("compressive_autoencoder", **SIZES))
    optimizer = objective.configure_optimizers()
    generator = torch.Generator().manual_seed(0)
    for _ in range(250):
        drawn = torch.randint(len(images) - 300, (64,), generator=generator)
        optimizer.zero_grad()
        objective.training_step({"image": images[drawn]}, 0).backward()
        optimizer.step()
    return objective


def test_bytes_hold_the_codes_at_their_ideal_length_by_learnt_probabilities(
    trained: Any, images: torch.Tensor
) -> None:
    network, held_out = trained.network, images[-300:]
    data = network.compress(held_out)
    assert isinstance(data, bytes)
    codes = network.decompress_codes(data)
    assert torch.equal(codes, network.latents(held_out).round())
    assert len(codes.unique()) > 3
    assert torch.equal(network.decompress(data), network.decode(codes))
    with torch.no_grad():
        ideal = network.rate_bits(held_out).sum().item() / 8
        values = trained.validation_values({"image": held_out})
    assert len(data) - HEADER == pytest.approx(ideal, rel=0.02)
    assert values["rate_bits"].item() * 300 / 8 == pytest.approx(ideal, rel=1e-4)
    assert values["bits_per_dim"].item() == pytest.approx(8 * ideal / 300 / 64, rel=1e-4)
    # smaller than the 4 bits a pixel of these images, and better than their mean image
    assert values["bits_per_dim"] < 2.0
    assert values["mse"] < 0.5 * held_out.var(0).mean()
    # the learnt probabilities come near those of the codes, which no fixed table can beat
    codes = network.latents(images).round().long()
    with torch.no_grad():
        learnt = network.rate_bits(images).mean().item()
        with_noise = network.noisy_rate_bits(images, torch.Generator().manual_seed(0)).mean()
    best = 0.0
    for column in codes.T:
        share = column.unique(return_counts=True)[1].double() / len(column)
        best -= (share * share.log2()).sum().item()
    assert best <= learnt < 1.15 * best
    assert with_noise.item() == pytest.approx(learnt, rel=0.15)


def test_rounding_passes_gradients_on(configured: Any, images: torch.Tensor) -> None:
    network = configured("compressive_autoencoder", **SIZES)
    codes = network.latents(images[:4])
    assert torch.equal(codes, codes.round())
    codes.sum().backward()
    rounded = network.encoder[0].weight.grad.clone()
    network.zero_grad()
    network.codes(images[:4]).sum().backward()
    assert rounded.abs().sum() > 0
    torch.testing.assert_close(network.encoder[0].weight.grad, rounded)


def test_masses_of_all_codes_add_up_to_one(configured: Any) -> None:
    network = configured("compressive_autoencoder", **SIZES).double()
    values = torch.arange(-400, 401, dtype=torch.float64)[:, None].expand(-1, 16)
    mass = network.mixture.log_mass(values).exp().sum(0)
    torch.testing.assert_close(mass, torch.ones_like(mass))


def test_other_bytes_are_refused(configured: Any, images: torch.Tensor) -> None:
    network = configured("compressive_autoencoder", **SIZES)
    data = network.compress(images[:3])
    other = configured("compressive_autoencoder", **SIZES)
    torch.nn.init.normal_(other.mixture.mean)
    with pytest.raises(DataError, match="this very model"):
        other.decompress(data)
    for spoilt in (data[:-2], b"", data[:20], data[:4] + b"\xff" * 4 + data[8:]):
        with pytest.raises(DataError):
            network.decompress(spoilt)
