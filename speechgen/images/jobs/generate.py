"""Jobs of image models: sample, reconstruct, inpaint, interpolate, and write the images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from speechgen.data.pictures import image_grid, read_png, write_png
from speechgen.errors import ConfigError, DataError
from speechgen.images.data.dataset import ImageSet, load_images, save_images
from speechgen.images.sampling.draw import (
    can,
    check_labels,
    demand,
    device_of,
    fitting_batch,
    inpaint_images,
    interpolate_images,
    known_pixels,
    latent_size,
    manifold,
    reconstruct_images,
    sample_images,
)
from speechgen.progress import Bar

PICTURES = (".png",)
_SMALL = 600  # pictures of fewer pixels a side are shown enlarged


def write_images(
    images: Tensor,
    output: str | Path,
    *,
    labels: Tensor | None = None,
    columns: int | None = None,
    overwrite: bool = False,
) -> None:
    """A ``.png`` with all of ``images`` in a grid, or an ``.npz`` with each.

    Parameters
    ----------
    images
        (image, channel, height, width) in [0, 1].
    columns
        Of the grid.
    """
    output = Path(output)
    if output.suffix == ".npz":
        values = (images.cpu().clamp(0.0, 1.0) * 255.0).round().to(torch.uint8).numpy()
        known = np.zeros(len(values), np.int64) if labels is None else labels.cpu().numpy()
        save_images(output, ImageSet(values, known), overwrite=overwrite)
    elif output.suffix in PICTURES:
        grid = image_grid(images, columns=columns)
        larger = max(1, min(6, _SMALL // max(grid.shape[1:])))
        if larger > 1:
            grid = image_grid(images, columns=columns, enlarge=larger)
        write_png(output, grid.numpy(), overwrite=overwrite)
    else:
        raise ConfigError(f"{output}: images go to a .png (a grid of them) or an .npz (each)")


def given_images(
    model: Any,
    sources: Sequence[str | Path],
    *,
    first: int = 8,
    binarise: str = "none",
) -> tuple[Tensor, Tensor]:
    """Images for ``model`` from pictures, or the first ones of a set, with their labels.

    Parameters
    ----------
    sources
        One ``.npz``, or ``.png`` files of single images; those have the label 0.
    binarise
        As in :func:`speechgen.images.data.items.evaluation_batch`.

    Returns
    -------
    tuple
        (image, channel, height, width) in [0, 1] of the model's size, and (image,) long.
    """
    sets = [_one_set(Path(source), model.image_shape[0]) for source in sources]
    if not sets:
        raise ConfigError("give a set of images (.npz) or pictures (.png)")
    images = sets[0].take(slice(first)) if len(sets) == 1 else _joined(sets)
    batch = fitting_batch(model, images, binarise)
    return batch["image"], batch["label"]


def _one_set(source: Path, channel: int) -> ImageSet:
    if source.suffix == ".npz":
        return load_images(source)
    picture = read_png(source)
    if channel == 1:
        picture = picture.mean(axis=0, keepdims=True)
    values = np.round(picture * 255.0).astype(np.uint8)
    return ImageSet(values[None], np.zeros(1, np.int64))


def _joined(sets: list[ImageSet]) -> ImageSet:
    shapes = {one.image_shape for one in sets}
    if len(shapes) > 1:
        raise DataError(f"pictures have different shapes: {sorted(shapes)}; give alike ones")
    return ImageSet(
        np.concatenate([one.images for one in sets]), np.concatenate([one.labels for one in sets])
    )


def sample_to_file(
    model: Any,
    output: str | Path,
    *,
    num_images: int = 64,
    label: int | None = None,
    seed: int = 0,
    temperature: float = 1.0,
    engine: str = "auto",
    overwrite: bool = False,
) -> None:
    """Samples, all of class ``label``, or of all classes in turn where none is given."""
    labels = None if label is None else torch.full((num_images,), label)
    labels = check_labels(model, labels, num_images)
    with Bar("sampling") as bar:
        images = sample_images(
            model, num_images, seed=seed, labels=labels, temperature=temperature, engine=engine,
            progress=bar.update,
        )  # fmt: skip
    classes = getattr(model, "num_classes", 0)
    columns = classes if classes and label is None and classes <= num_images else None
    write_images(images, output, labels=labels, columns=columns, overwrite=overwrite)


def manifold_to_file(
    model: Any, output: str | Path, *, steps: int = 15, label: int = 0, overwrite: bool = False
) -> None:
    """A grid over the first two latents, ``steps`` x ``steps`` images."""
    images = manifold(model, steps, label=label)
    write_images(images, output, columns=steps, overwrite=overwrite)


def reconstruct_to_file(
    model: Any,
    images: Tensor,
    labels: Tensor,
    output: str | Path,
    *,
    overwrite: bool = False,
) -> None:
    """Inputs above, outputs below: reconstructions, super-resolved or translated images."""
    known = labels if getattr(model, "num_classes", 0) else None
    for ability in ("super_resolve", "translate"):
        if can(model, ability):
            with torch.no_grad():
                outputs = getattr(model, ability)(images.to(device_of(model))).cpu()
            break
    else:
        outputs = reconstruct_images(model, images, known)
    if Path(output).suffix == ".npz":
        write_images(outputs, output, labels=labels, overwrite=overwrite)
        return
    shown = images
    if outputs.shape[2:] != shown.shape[2:]:
        shown = torch.nn.functional.interpolate(shown, outputs.shape[2:], mode="nearest")
    if outputs.shape[1] != shown.shape[1]:
        pair = (outputs, shown)
        outputs, shown = (x.expand(-1, 3, -1, -1) if x.shape[1] == 1 else x for x in pair)
    rows = torch.cat([shown, outputs])
    write_images(rows, output, columns=len(images), overwrite=overwrite)


def inpaint_to_file(
    model: Any,
    images: Tensor,
    labels: Tensor,
    output: str | Path,
    *,
    hidden: str = "lower",
    draws: int = 4,
    seed: int = 0,
    overwrite: bool = False,
) -> None:
    """A column for each image: given, occluded (grey), and ``draws`` inpaintings of it."""
    demand(model, "inpaint")
    known = known_pixels(model.image_shape, hidden)
    classes = labels if getattr(model, "num_classes", 0) else None
    rows = [images, torch.where(known, images, torch.full_like(images, 0.5))]
    with Bar("inpainting") as bar:
        for draw in range(draws):
            rows.append(
                inpaint_images(
                    model, images, known, seed=seed + draw, labels=classes, progress=bar.update
                )
            )
    if Path(output).suffix == ".npz":
        repeated = labels.repeat(draws)
        write_images(torch.cat(rows[2:]), output, labels=repeated, overwrite=overwrite)
        return
    write_images(torch.cat(rows), output, columns=len(images), overwrite=overwrite)


def interpolate_to_file(
    model: Any,
    output: str | Path,
    *,
    images: Tensor | None = None,
    labels: Tensor | None = None,
    pairs: int = 6,
    steps: int = 10,
    kind: str = "linear",
    seed: int = 0,
    overwrite: bool = False,
) -> None:
    """A row for each pair; without images, between samples of the prior.

    Parameters
    ----------
    images
        An even number of images: from the first half to the second half. None samples ``pairs``
        pairs of latents from the prior, for models without an encoder too.
    """
    demand(model, "decode")
    if images is None:
        generator = torch.Generator().manual_seed(seed)
        ends = (torch.randn(pairs, latent_size(model), generator=generator) for _ in range(2))
        first, last = ends
        labels = None
    else:
        if len(images) < 2 or len(images) % 2:
            raise ConfigError(
                f"{len(images)} images; interpolation needs an even number, 2 or more"
            )
        first, last = images.chunk(2)
        labels = None if labels is None else labels.chunk(2)[0]
    given = labels if getattr(model, "num_classes", 0) else None
    rows = interpolate_images(model, first, last, steps, kind=kind, labels=given)
    write_images(rows.flatten(0, 1), output, columns=steps, overwrite=overwrite)
