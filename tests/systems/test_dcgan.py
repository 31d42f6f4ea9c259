"""DCGAN: 4 -> 8 -> 16 -> 32 -> 64 by strided convolutions alone, and it trains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from speechgen import registry
from speechgen.images.data.dataset import digits

EXPERIMENTS = ("dcgan", "dcgan_paper")
FIGURE_1 = [(1024, 4, 4), (512, 8, 8), (256, 16, 16), (128, 32, 32), (3, 64, 64)]


def test_the_papers_shapes(configured: Callable[..., Any]) -> None:
    with torch.device("meta"):
        network = configured("dcgan_paper")
    assert network.latent_size == 100
    assert network.prior == "uniform"
    assert network.code_shape == FIGURE_1[0]
    convolutions = [m for m in network.modules() if isinstance(m, nn.ConvTranspose2d)]
    widths = [(m.in_channels, m.out_channels) for m in convolutions]
    assert widths == [(1024, 512), (512, 256), (256, 128), (128, 3)]
    assert [layer.size for layer in network.levels if hasattr(layer, "size")] == [
        shape[1:] for shape in FIGURE_1[1:]
    ]


def test_every_change_of_size_is_a_strided_convolution(configured: Callable[..., Any]) -> None:
    network = configured("dcgan", image_shape=[3, 64, 64], channels=4)
    discriminator = registry.build(
        "dcgan_discriminator", {"image_shape": [3, 64, 64], "channels": 4}
    )
    allowed = {"Linear", "ConvTranspose2d", "Conv2d", "BatchNorm2d", "ReLU", "Tanh", "Identity"}
    for part, kind in ((network, nn.ConvTranspose2d), (discriminator, nn.Conv2d)):
        leaves = [m for m in part.modules() if not list(m.children())]
        assert {type(m).__name__ for m in leaves} <= allowed
        strided = [m for m in leaves if isinstance(m, nn.Conv2d | nn.ConvTranspose2d)]
        assert len(strided) == 4
        assert all(isinstance(m, kind) and m.stride == (2, 2) for m in strided)
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    assert len(norms) == 4  # after all but the last
    assert (
        len([m for m in discriminator.modules() if isinstance(m, nn.BatchNorm2d)]) == 3
    )  # not the first
    assert isinstance(network.levels[-1], nn.Tanh)
    assert discriminator.trunk.negative_slope == 0.2


def test_an_epoch_brings_samples_closer_to_the_data(
    configured: Callable[..., Any], played: Callable[..., Any]
) -> None:
    images = torch.from_numpy(digits().images).float() / 255
    network = configured("dcgan", image_shape=[1, 8, 8], channels=8)
    discriminator = {"name": "dcgan_discriminator", "arguments": {"channels": 8}}
    epoch = [{"image": part} for part in images.split(32) if len(part) == 32]

    def distance() -> float:
        with torch.no_grad():
            made = network.eval().sample(200, generator=torch.Generator().manual_seed(0))
        return (made.mean(dim=0) - images.mean(dim=0)).abs().mean().item()

    before = distance()
    fast = {"name": "adam", "learning_rate": 2e-3, "schedule": "constant", "betas": [0.5, 0.999]}
    played("dcgan", network, epoch, discriminator=discriminator, optimizer=fast)
    assert distance() < 0.6 * before
