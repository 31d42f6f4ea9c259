"""Super-resolution with SRGAN: four times as high and wide, PSNR beside bicubic interpolation."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from speechgen.images.data.dataset import digits, resized
from speechgen.images.models.translation.srgan import enlarged, shrunk
from speechgen.images.models.translation.srgan_discriminator import SRGANDiscriminator
from speechgen.images.training.super_resolution import SuperResolutionObjective
from speechgen.metrics.images import psnr
from speechgen.training.loop.optimisation import OptimizerSettings

EXPERIMENTS = ("srgan",)


@pytest.mark.parametrize("interpolated", [True, False])
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 40)])
def test_the_output_is_four_times_as_large(
    configured: Any, shape: tuple[int, int, int], interpolated: bool
) -> None:
    network = configured(
        "srgan", image_shape=list(shape), channels=4, blocks=1, interpolated=interpolated
    ).eval()
    images = torch.rand(2, *shape)
    small = network.shrink(images)
    assert small.shape == (2, shape[0], shape[1] // 4, shape[2] // 4)
    assert network.super_resolve(small).shape == images.shape


def test_subpixel_convolution_turns_channels_into_neighbours(configured: Any) -> None:
    """Each of the four pixels that a small one becomes has channels of its own."""
    network = configured("srgan", image_shape=[1, 16, 16], channels=2, blocks=1, scale=2).eval()
    conv, shuffle, _ = network.up[0]
    assert conv.out_channels == 4 * conv.in_channels
    x = torch.rand(1, 8, 3, 5)
    made = shuffle(x)
    for channel in range(2):
        for row in range(2):
            for column in range(2):
                source = x[0, 4 * channel + 2 * row + column]
                assert torch.equal(made[0, channel, row::2, column::2], source)


def test_a_trained_one_beats_bicubic_interpolation_and_agrees_with_its_input(
    configured: Any,
) -> None:
    torch.manual_seed(0)
    data = torch.from_numpy(resized(digits().take(slice(200)), 16).images).float() / 255
    network = configured("srgan", image_shape=[1, 16, 16], channels=12, blocks=1)
    discriminator = SRGANDiscriminator(image_shape=[1, 16, 16], channels=[4, 8], hidden=8)
    gan: Any = SuperResolutionObjective(
        network, discriminator, optimizer=OptimizerSettings(), gan_loss="non_saturating",
        weights={"consistency": 1.0},
    )  # fmt: skip
    plain = [torch.optim.Adam(p.parameters(), 2e-3) for p in (network, discriminator)]
    gan.optimizers = lambda: plain
    gan.manual_backward = lambda loss: loss.backward()
    for step in range(60):
        start = 16 * (step % 10)
        gan.training_step({"image": data[start : start + 16]}, 0)
    network.eval()
    held_out = data[160:]
    small = network.shrink(held_out)
    with torch.no_grad():
        made = network.super_resolve(small)
        values = gan.validation_values({"image": held_out})
    assert made.shape == held_out.shape
    ours, bicubic = (
        sum(psnr(a.numpy(), b.numpy()) for a, b in zip(held_out, other, strict=True)) / 40
        for other in (made, enlarged(small, 4))
    )
    assert ours > bicubic + 0.5
    assert float(values["psnr"]) == pytest.approx(ours, abs=1e-3)
    assert float(values["psnr_bicubic"]) == pytest.approx(bicubic, abs=1e-3)
    assert (shrunk(made, 4) - small).square().mean().sqrt() < 0.06
