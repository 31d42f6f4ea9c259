"""Networks from image to image: sizes, ranges, what each output sees."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from speechgen.errors import ConfigError, ModelError
from speechgen.images.models.translation.cycle_gan import CycleGAN
from speechgen.images.models.translation.inpainting_discriminator import (
    InpaintingDiscriminator,
    hole_windows,
)
from speechgen.images.models.translation.inpainting_gan import InpaintingGAN
from speechgen.images.models.translation.patch_discriminator import PatchDiscriminator
from speechgen.images.models.translation.pix2pix import Pix2Pix
from speechgen.images.models.translation.srgan import SRGAN, enlarged
from speechgen.images.models.translation.srgan_discriminator import SRGANDiscriminator

SHAPES = [(1, 8, 8), (1, 16, 16), (1, 28, 28), (3, 32, 32), (3, 9, 13), (1, 64, 64)]


@pytest.mark.parametrize("shape", SHAPES)
def test_translations_have_the_shape_and_range_of_images(shape: tuple[int, int, int]) -> None:
    images = torch.rand(2, *shape)
    networks: list[Any] = [
        Pix2Pix(image_shape=shape, channels=2),
        CycleGAN(image_shape=shape, channels=2, blocks=1).eval(),
    ]
    for network in networks:
        made = network.translate(images)
        assert made.shape == images.shape
        assert 0 <= made.min() < made.max() <= 1
        assert network.image_shape == shape


def test_a_unet_goes_down_to_one_pixel_and_sees_everything() -> None:
    network = Pix2Pix(image_shape=(1, 16, 16), channels=2).eval()
    assert len(network.down) == 4
    source = torch.rand(1, 1, 16, 16, requires_grad=True)
    network(source)[0, 0, 0, 0].backward()
    assert source.grad is not None
    assert source.grad.abs().gt(0).float().mean() > 0.5
    shallow = Pix2Pix(image_shape=(1, 16, 16), channels=2, depth=1).eval()
    source.grad = None
    shallow(source)[0, 0, 0, 0].backward()
    assert source.grad.abs().gt(0).sum() <= 16  # a corner only


def test_the_skips_carry_the_source_past_the_bottom() -> None:
    network = Pix2Pix(image_shape=(1, 8, 8), channels=4).eval()
    source = torch.rand(1, 1, 8, 8)
    before = network(source)
    with torch.no_grad():
        network.down[-1][0].weight.zero_()
        network.down[-1][0].bias.zero_()
    other = network(torch.rand(1, 1, 8, 8))
    assert not torch.allclose(network(source), other)
    assert not torch.allclose(before, other)


def test_dropout_is_for_training() -> None:
    network = Pix2Pix(image_shape=(1, 8, 8), channels=4, dropout=0.5)
    source = torch.rand(2, 1, 8, 8)
    assert not torch.equal(network(source), network(source))
    network.eval()
    assert torch.equal(network(source), network(source))


def test_a_logit_sees_a_patch() -> None:
    """70 pixels with three strided layers, as in the paper."""
    discriminator = PatchDiscriminator(image_shape=(1, 128, 128), channels=2, norm="none", layers=3)
    images = torch.rand(1, 1, 128, 128, requires_grad=True)
    (logits,), (features,) = discriminator(images)
    assert logits.shape[:2] == (1, 1)
    assert len(features) == 4
    middle = logits.shape[2] // 2
    logits[0, 0, middle, middle].backward()
    assert images.grad is not None
    seen = images.grad[0, 0].ne(0)
    assert int(seen.any(1).sum()) == int(seen.any(0).sum()) == 70


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("norm", ["batch", "instance", "none"])
def test_patches_of_all_sizes(shape: tuple[int, int, int], norm: str) -> None:
    discriminator = PatchDiscriminator(
        image_shape=shape, condition_channels=2, channels=2, norm=norm
    )
    (logits,), _ = discriminator(torch.rand(2, shape[0] + 2, *shape[1:]))
    assert logits.numel() >= 2
    assert discriminator.examples_independent == (norm != "batch")
    with pytest.raises(ModelError, match="channels"):
        discriminator(torch.rand(2, *shape))


@pytest.mark.parametrize("scale", [2, 4, 8])
@pytest.mark.parametrize("interpolated", [False, True])
def test_enlarged_sizes(scale: int, interpolated: bool) -> None:
    network = SRGAN(
        image_shape=(3, 16, 24), scale=scale, channels=3, blocks=1, interpolated=interpolated
    ).eval()
    small = torch.rand(2, 3, 5, 6)
    large = network.super_resolve(small)
    assert large.shape == (2, 3, 5 * scale, 6 * scale)
    assert 0 <= large.min() <= large.max() <= 1
    if interpolated:  # it begins as bicubic interpolation
        torch.testing.assert_close(large, enlarged(small, scale))


def test_shrinking_takes_means_of_squares() -> None:
    image = torch.arange(16.0).view(1, 1, 4, 4) / 16
    network = SRGAN(image_shape=(1, 4, 4), scale=2, channels=2, blocks=1)
    expected = torch.tensor([[2.5, 4.5], [10.5, 12.5]]) / 16
    torch.testing.assert_close(network.shrink(image)[0, 0], expected)


def test_the_srgan_discriminator() -> None:
    discriminator = SRGANDiscriminator(image_shape=(1, 12, 10), channels=[2, 3], hidden=4)
    (logits,), (features,) = discriminator(torch.rand(3, 1, 12, 10))
    assert logits.shape == (3, 1)
    assert [tuple(f.shape[2:]) for f in features] == [(12, 10), (6, 5), (6, 5), (3, 3)]
    with pytest.raises(ModelError, match="images are"):
        discriminator(torch.rand(3, 1, 8, 8))


def test_the_hole_is_never_read() -> None:
    network = InpaintingGAN(image_shape=(1, 8, 8), channels=4, noisy=False).eval()
    images, known = torch.rand(2, 1, 8, 8), torch.rand(2, 1, 8, 8) < 0.7
    other = torch.where(known, images, torch.rand(2, 1, 8, 8))
    assert torch.equal(network(images, known), network(other, known))
    wrong = torch.where(known, images, float("nan"))
    assert torch.equal(network(images, known), network(wrong, known))


def test_dilations_see_across_the_image() -> None:
    network = InpaintingGAN(image_shape=(1, 32, 32), channels=4, noisy=False).eval()
    images = torch.rand(1, 1, 32, 32, requires_grad=True)
    known = torch.ones(1, 1, 32, 32, dtype=torch.bool)
    network(images, known)[0, 0, 0, 0].backward()
    assert images.grad is not None
    assert images.grad[0, 0, 20:, 20:].any()


def marked(row: int, column: int, height: int = 8, width: int = 8) -> Tensor:
    """Pixels numbered row by row, and a hole of two by two pixels at ``row`` and ``column``."""
    pixels = torch.arange(float(height * width)).view(1, height, width)
    known = torch.ones(1, height, width)
    known[:, row : row + 2, column : column + 2] = 0
    return torch.cat([pixels, known])


def test_the_local_part_lies_round_the_hole_and_inside_the_image() -> None:
    images = torch.stack([marked(3, 3), marked(0, 6), marked(6, 0), marked(2, 4)])
    parts = hole_windows(images, (4, 4))
    corners = [divmod(int(part[0, 0, 0]), 8) for part in parts]
    assert corners == [(2, 2), (0, 4), (4, 0), (1, 3)]
    for image, part, (row, column) in zip(images, parts, corners, strict=True):
        assert torch.equal(part, image[:1, row : row + 4, column : column + 4])


def test_both_discriminators_contribute() -> None:
    discriminator = InpaintingDiscriminator(image_shape=(1, 16, 16), channels=2, code=4).eval()
    with torch.no_grad():  # rectifiers that are always open, so that gradients reach everything
        for encoder in (discriminator.whole, discriminator.part):
            encoder[-1].bias.fill_(5.0)
    images = torch.rand(1, 2, 16, 16)
    images[:, 1] = 1.0
    images[:, 1, :3, :3] = 0.0  # the window is the upper left quarter
    grad = {}
    for name, silent in (("part", discriminator.whole), ("whole", discriminator.part)):
        given = images.clone().requires_grad_()
        hook = silent[-1].register_forward_hook(lambda module, x, made: made.detach())
        discriminator(given)[0][0].sum().backward()
        hook.remove()
        assert given.grad is not None
        grad[name] = given.grad[0, 0]
    assert not grad["part"][8:].any()
    assert not grad["part"][:, 8:].any()
    assert grad["part"].any()
    assert grad["whole"][8:, 8:].any()


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: Pix2Pix(image_shape=(1, 8, 8), depth=4), "depth"),
        (lambda: PatchDiscriminator(image_shape=(1, 7, 7)), "8 pixels"),
        (lambda: PatchDiscriminator(norm="spectral"), "norm"),
        (lambda: CycleGAN(image_shape=(1, 4, 4), halvings=2), "halvings"),
        (lambda: SRGAN(image_shape=(1, 9, 8)), "scale"),
        (lambda: SRGANDiscriminator(image_shape=(1, 8, 8), channels=[2] * 5), "strided"),
        (lambda: InpaintingGAN(image_shape=(1, 9, 8)), "halved"),
        (lambda: InpaintingDiscriminator(window=0.0), "window"),
    ],
)
def test_sizes_that_cannot_be_are_refused(build: Any, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        build()


def test_a_direction_has_a_name() -> None:
    network = CycleGAN(image_shape=(1, 8, 8), channels=2, halvings=1, blocks=1).eval()
    images = torch.rand(2, 1, 8, 8)
    torch.testing.assert_close(network.translate(images, "b_to_a"), network.b_to_a(images))
    assert not torch.equal(network.translate(images), network.translate(images, "b_to_a"))
    with pytest.raises(ModelError, match="direction"):
        network.translate(images, "c_to_d")
