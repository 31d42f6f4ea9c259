"""Sampling, inpainting, reconstruction and interpolation with any generative model of images.

The networks differ in what they offer (``sample``, ``log_prob``, ``latents``, ``decode``,
``inpaint`` ...); these functions ask for what is there and say in one line what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from speechgen.errors import ConfigError, ModelError
from speechgen.images.data.dataset import ImageSet, resized
from speechgen.images.data.items import evaluation_batch
from speechgen.images.models.autoregressive.pixel_network import PixelNetwork
from speechgen.images.sampling.latent import interpolate, quantile_grid
from speechgen.images.sampling.pixels import sample_pixels

Progress = Callable[[int, int], None]
REGIONS = ("lower", "upper", "left", "right", "centre")


def generator_of(seed: int) -> torch.Generator:
    """A generator of its own on the CPU, so that numbers are the same on every device."""
    return torch.Generator().manual_seed(seed)


def device_of(model: Any) -> torch.device:
    """Where the weights are; inputs are moved there, outputs to the CPU."""
    return next((value.device for value in model.state_dict().values()), torch.device("cpu"))


def is_image_model(model: Any) -> bool:
    """Whether ``model`` is about images (it has an ``image_shape``)."""
    return hasattr(model, "image_shape")


def can(model: Any, ability: str) -> bool:
    """Whether ``model`` can "sample", "inpaint", "reconstruct", "latents", "log_prob" ..."""
    if isinstance(model, PixelNetwork) and ability in ("sample", "inpaint"):
        return True
    return callable(getattr(model, ability, None))


def demand(model: Any, ability: str, *instead: str) -> None:
    """:class:`ModelError` unless ``model`` has ``ability``."""
    if not can(model, ability):
        verbs = ("sample", "inpaint", "reconstruct", "interpolate", "super_resolve", "translate")
        known = [one for one in (*instead, *verbs) if can(model, one)] or ["none of these verbs"]
        raise ModelError(
            f"a {type(model).__name__} cannot {ability.replace('_', ' ')}; it can: "
            f"{', '.join(dict.fromkeys(known))}"
        )


def check_labels(model: Any, labels: Tensor | None, num_images: int) -> Tensor | None:
    """The labels a model needs: those given, all classes in turn, or none.

    Raises
    ------
    ConfigError
        There are too few or too many, or the model has no such class.
    """
    classes = int(getattr(model, "num_classes", 0))
    if not classes:
        if labels is not None:
            raise ConfigError(f"a {type(model).__name__} without classes takes no labels")
        return None
    if labels is None:
        return (torch.arange(num_images) % classes).to(device_of(model))
    if len(labels) != num_images or labels.min() < 0 or labels.max() >= classes:
        raise ConfigError(
            f"labels are {len(labels)} of {labels.min()} to {labels.max()}; {num_images} of 0 to "
            f"{classes - 1} are needed"
        )
    return labels.to(device_of(model))


def fitting_batch(network: Any, images: ImageSet, binarise: str) -> dict[str, Tensor]:
    """Images and labels as ``network`` takes them: resized, and tinted where it has colour.

    Raises
    ------
    ModelError
        It takes no such images.
    """
    if not hasattr(network, "image_shape"):
        raise ModelError(f"a {type(network).__name__} is not an image model")
    channel, height, width = network.image_shape
    if height != width and images.image_shape[1:] != (height, width):
        raise ModelError(f"the model's images are {height}x{width}; only square ones are resized")
    if images.image_shape[1:] != (height, width):
        images = resized(images, height)
    tinted = channel == 3 and images.image_shape[0] == 1
    return evaluation_batch(images, binarise=binarise, tinted=tinted)


@torch.no_grad()
def sample_images(
    model: Any,
    num_images: int,
    *,
    seed: int,
    labels: Tensor | None = None,
    temperature: float = 1.0,
    engine: str = "auto",
    batch_size: int = 256,
    progress: Progress | None = None,
) -> Tensor:
    """New images (image, channel, height, width) in [0, 1] from any model that can sample.

    Parameters
    ----------
    labels
        (image,) classes; a class-conditional model given none samples all of them in turn.
    temperature, engine
        For autoregressive models, see :func:`speechgen.images.sampling.pixels.sample_pixels`.
    """
    demand(model, "sample")
    labels = check_labels(model, labels, num_images)
    if isinstance(model, PixelNetwork):
        return sample_pixels(
            model, num_images, seed=seed, labels=labels, temperature=temperature, engine=engine,
            progress=progress,
        ).cpu()  # fmt: skip
    generator, parts = generator_of(seed), []
    for start in range(0, num_images, batch_size):
        count = min(batch_size, num_images - start)
        given = {} if labels is None else {"labels": labels[start : start + count]}
        parts.append(model.sample(count, generator=generator, **given).cpu())
        if progress:
            progress(start + count, num_images)
    return torch.cat(parts)


def known_pixels(image_shape: Sequence[int], hidden: str) -> Tensor:
    """(1, 1, height, width) bool: False in the ``hidden`` half ("lower" ...) or centre square."""
    _, height, width = image_shape
    known = torch.ones(1, 1, height, width, dtype=torch.bool)
    rows, columns = slice(None), slice(None)
    if hidden == "lower":
        rows = slice(height // 2, None)
    elif hidden == "upper":
        rows = slice(0, height // 2)
    elif hidden == "left":
        columns = slice(0, width // 2)
    elif hidden == "right":
        columns = slice(width // 2, None)
    elif hidden == "centre":
        rows = slice(height // 4, height - height // 4)
        columns = slice(width // 4, width - width // 4)
    else:
        raise ConfigError(f"hidden: needs one of {', '.join(REGIONS)}, not {hidden!r}")
    known[:, :, rows, columns] = False
    return known


@torch.no_grad()
def inpaint_images(
    model: Any,
    images: Tensor,
    known: Tensor,
    *,
    seed: int,
    labels: Tensor | None = None,
    engine: str = "auto",
    progress: Progress | None = None,
) -> Tensor:
    """``images`` inpainted where ``known`` is False; known pixels are unchanged.

    Parameters
    ----------
    images
        (image, channel, height, width) in [0, 1].
    known
        bool (image or 1, 1, height, width).
    seed
        Other seeds give other inpaintings, from models that sample them.
    """
    demand(model, "inpaint")
    device = device_of(model)
    images, known = images.to(device), known.expand(len(images), -1, -1, -1).to(device)
    labels = check_labels(model, labels, len(images))
    if isinstance(model, PixelNetwork):
        return sample_pixels(
            model, len(images), seed=seed, labels=labels, engine=engine, images=images, known=known,
            progress=progress,
        ).cpu()  # fmt: skip
    given = {} if labels is None else {"labels": labels}
    generated = model.inpaint(images, known, generator=generator_of(seed), **given)
    return torch.where(known, images, generated).cpu()


@torch.no_grad()
def reconstruct_images(model: Any, images: Tensor, labels: Tensor | None = None) -> Tensor:
    """``images`` encoded and decoded, recalled from memory, or translated."""
    labels = check_labels(model, labels, len(images))
    given = {} if labels is None else {"labels": labels}
    demand(model, "reconstruct")
    return model.reconstruct(images.to(device_of(model)), **given).cpu()


@torch.no_grad()
def interpolate_images(
    model: Any,
    first: Tensor,
    last: Tensor,
    steps: int,
    *,
    kind: str = "linear",
    labels: Tensor | None = None,
) -> Tensor:
    """Interpolations from ``first`` to ``last`` in the model's latent space.

    Parameters
    ----------
    first, last
        Images (pair, channel, height, width); or latents (pair, latent), where the model has no
        encoder.

    Returns
    -------
    Tensor
        (pair, steps, channel, height, width); its ends are decode(code of first) and of last.
    """
    demand(model, "decode")
    labels = check_labels(model, labels, len(first))
    given = () if labels is None else (labels,)
    first, last = first.to(device_of(model)), last.to(device_of(model))
    if first.ndim == 4:
        demand(model, "latents")
        first, last = model.latents(first, *given), model.latents(last, *given)
    points = interpolate(first, last, steps, kind=kind)  # (steps, pair, latent)
    pictures = [model.decode(codes, *given) for codes in points]
    return torch.stack(pictures, dim=1).cpu()


def latent_size(model: Any) -> int:
    """Size of a model's latents; :class:`ModelError` where it has no prior to sample."""
    if not hasattr(model, "latent_size"):
        raise ModelError(
            f"a {type(model).__name__} has no prior to sample latents from; give images"
        )
    return int(model.latent_size)


@torch.no_grad()
def manifold(model: Any, steps: int, *, label: int = 0) -> Tensor:
    """(steps * steps, channel, height, width): a grid over two latents by the prior's quantiles."""
    demand(model, "decode")
    grid = quantile_grid(latent_size(model), steps, prior=getattr(model, "prior", "gaussian"))
    grid = grid.to(device_of(model))
    if not getattr(model, "num_classes", 0):
        return model.decode(grid).cpu()
    return model.decode(grid, torch.full((len(grid),), label, device=grid.device)).cpu()
