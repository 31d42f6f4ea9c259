"""The interface to all pixel engines: ``sample_pixels`` samples images and inpaints given ones."""

from __future__ import annotations

import torch
from torch import Tensor

from speechgen.errors import ConfigError
from speechgen.images.models.autoregressive.pixel_network import PixelNetwork
from speechgen.images.sampling.pixels.cached import draw_cached
from speechgen.images.sampling.pixels.compiled import compiles, draw_compiled
from speechgen.images.sampling.pixels.fixed_point import draw_fixed_point
from speechgen.images.sampling.pixels.naive import draw_naive
from speechgen.images.sampling.pixels.task import PixelDraw, PixelTask, Progress
from speechgen.likelihood.base import check_temperature
from speechgen.sampling.noise import NoiseStreams

PIXEL_ENGINES = {
    "naive": draw_naive,
    "cached": draw_cached,
    "compiled": draw_compiled,
    "fixed_point": draw_fixed_point,
}
_MOST_COMPILED = 16  # images at once; of more, products of matrices pay


def sample_pixels(
    model: PixelNetwork,
    num_images: int,
    *,
    seed: int | None = None,
    noise: Tensor | None = None,
    labels: Tensor | None = None,
    engine: str = "auto",
    temperature: float = 1.0,
    images: Tensor | None = None,
    known: Tensor | None = None,
    progress: Progress | None = None,
) -> Tensor:
    """Draw images, or the unknown pixels of given ones.

    Parameters
    ----------
    model
        An autoregressive network of images. It is used as it is: call ``model.eval()`` first.
    num_images
        How many.
    seed, noise
        Either a seed, from which every image has a stream of its own, or uniforms in [0, 1) of
        shape (image, noise channel, height, width): one a channel, or as many as the likelihood
        takes where the channels of a pixel are drawn at once; of the grid where there are patches.
    labels
        (image,) long, for class-conditional networks.
    engine
        A name in :data:`PIXEL_ENGINES`, or "auto": "compiled" for at most 16 images of a gated
        PixelCNN on a CPU, "cached" where the network can draw pixel after pixel, "fixed_point"
        elsewhere.
    temperature
        1 draws from the model, less keeps nearer to the mode.
    images, known
        Images (image, channel, height, width) in [0, 1] to inpaint, and where they are known,
        bool (image, 1, height, width). Known pixels come back as they are; the others are drawn
        given what is known before them, those of a patch whose pixels are one choice given all that
        is known of it.
    progress
        Called with what is done and what there is to do.

    Returns
    -------
    Tensor
        (image, channel, height, width) in [0, 1].

    Raises
    ------
    ConfigError
        An argument is unknown or out of range, or shapes do not fit each other.
    ModelError
        The labels are not those the network was built for.
    """
    return draw_pixels(
        model, num_images, seed=seed, noise=noise, labels=labels, engine=engine,
        temperature=temperature, images=images, known=known, progress=progress,
    ).images  # fmt: skip


@torch.no_grad()
def draw_pixels(
    model: PixelNetwork,
    num_images: int,
    *,
    seed: int | None = None,
    noise: Tensor | None = None,
    labels: Tensor | None = None,
    engine: str = "auto",
    temperature: float = 1.0,
    images: Tensor | None = None,
    known: Tensor | None = None,
    progress: Progress | None = None,
) -> PixelDraw:
    """As :func:`sample_pixels`, with the engine's name and the number of its passes."""
    check_temperature(temperature)
    if num_images < 1:
        raise ConfigError(f"num_images must be 1 or more, not {num_images}")
    usable = engines_for(model)
    if engine == "auto":
        preferred = ["compiled"] * (num_images <= _MOST_COMPILED) + ["cached", "fixed_point"]
        engine = next(name for name in preferred if name in usable)
    if engine not in usable:
        raise ConfigError(f"engine {engine!r} cannot draw this; those that can: {usable}")
    if labels is not None and labels.shape != (num_images,):
        raise ConfigError(f"labels must have shape ({num_images},), not {tuple(labels.shape)}")
    like = next(model.parameters())
    noise = _noise(model, num_images, seed, noise).to(like.device)
    labels = None if labels is None else labels.to(like.device)
    given, known = _given(model, num_images, images, known)
    task = PixelTask(
        model, noise, labels, temperature, given.to(like), known.to(like.device),
        progress or (lambda done, total: None),
    )  # fmt: skip
    drawn, passes = PIXEL_ENGINES[engine](task)
    return PixelDraw(model.to_images(drawn), engine, passes)


def engines_for(model: PixelNetwork) -> list[str]:
    """Names of those that can draw from the network, where and as it is."""
    missing = set()
    if not hasattr(model, "step"):
        missing.add("cached")
    if not compiles(model):
        missing.add("compiled")
    return [name for name in PIXEL_ENGINES if name not in missing]


def _noise(model: PixelNetwork, count: int, seed: int | None, noise: Tensor | None) -> Tensor:
    channels, height, width = model.grid_shape
    shape = (count, model.likelihood.noise_channels(channels), height, width)
    if noise is None:
        return NoiseStreams(seed, range(count)).draw(shape[1] * height * width).view(shape)
    if noise.shape != shape:
        raise ConfigError(f"noise must have shape {shape}, not {tuple(noise.shape)}")
    return noise


def _given(
    model: PixelNetwork, count: int, images: Tensor | None, known: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Images on the grid and where they are known; zeros and nowhere if there are none."""
    shape = (count, *model.image_shape)
    if (images is None) != (known is None):
        raise ConfigError("inpainting needs both images and known")
    if images is None or known is None:
        grid = torch.zeros((count, *model.grid_shape))
        return grid, grid.bool()
    if images.shape != shape or known.shape != (count, 1, *shape[2:]) or known.dtype != torch.bool:
        raise ConfigError(
            f"images must have shape {shape} and known, bool, {(count, 1, *shape[2:])}; not "
            f"{tuple(images.shape)} and {tuple(known.shape)} {known.dtype}"
        )
    everywhere = known.expand(shape).float()
    return model.to_grid(images), model.to_grid(everywhere).bool()
