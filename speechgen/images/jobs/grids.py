"""The gallery of an image model: a picture for each of its abilities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from speechgen.images.data.dataset import load_images
from speechgen.images.data.pairs import transformed
from speechgen.images.jobs.generate import (
    inpaint_to_file,
    interpolate_to_file,
    manifold_to_file,
    reconstruct_to_file,
    sample_to_file,
    write_images,
)
from speechgen.images.sampling.draw import can, fitting_batch
from speechgen.images.sampling.latent import latent_plane
from speechgen.store import load_model, locate

_SHOWN = 10


def draw_gallery(
    network: Any,
    batch: dict[str, Tensor],
    folder: str | Path,
    name: str,
    *,
    trained_on: dict[str, Any] | None = None,
    seed: int = 0,
) -> list[Path]:
    """Samples, inpaintings, reconstructions, interpolations, latent traversal and scatter plot.

    Parameters
    ----------
    batch
        Held-out "image" (image, channel, height, width) and "label", of the model's size.
    folder, name
        Files are ``folder/name_WHAT.png``; those that exist are replaced.
    trained_on
        The data configuration in the model's directory: the transform of the sources of
        a translation model.

    Returns
    -------
    list of Path
        The files written.
    """
    trained_on = trained_on or {}
    images, labels = batch["image"][:_SHOWN], batch["label"][:_SHOWN]
    written = []

    def path(what: str) -> Path:
        written.append(Path(folder) / f"{name}_{what}.png")
        return written[-1]

    if can(network, "sample"):
        sample_to_file(network, path("samples"), num_images=60, seed=seed, overwrite=True)
    if can(network, "inpaint"):
        options: dict[str, Any] = {"draws": 3, "seed": seed, "overwrite": True}
        inpaint_to_file(network, images, labels, path("inpaintings"), **options)
    if can(network, "translate"):
        source = (trained_on.get("source") or trained_on.get("transforms") or "same").split(
            " and "
        )[0]
        sources = torch.stack([transformed(source, image) for image in images])
        reconstruct_to_file(network, sources, labels, path("translations"), overwrite=True)
    elif can(network, "super_resolve"):
        _larger(network, images, path("larger"))
    elif can(network, "reconstruct"):
        reconstruct_to_file(network, images, labels, path("reconstructions"), overwrite=True)
    if can(network, "decode"):
        pairs = len(images) // 2
        given = {"images": images[: 2 * pairs], "labels": labels[: 2 * pairs]}
        options = {**given, "steps": _SHOWN, "seed": seed, "overwrite": True}
        if not can(network, "latents"):
            options |= {"images": None, "kind": "spherical"}
        interpolate_to_file(network, path("interpolations"), **options)
        if can(network, "sample") and getattr(network, "latent_size", 0) >= 2:
            manifold_to_file(network, path("manifold"), steps=_SHOWN, overwrite=True)
    if can(network, "decode") and can(network, "latents"):
        known = batch["label"] if getattr(network, "num_classes", 0) else None
        with torch.no_grad():
            given_labels = () if known is None else (known,)
            codes = network.latents(batch["image"], *given_labels)
        if codes.ndim == 2:
            draw_scatter(latent_plane(codes), batch["label"], path("latents"))
    return written


def draw_model(
    model: str | Path, data: str | Path, folder: str | Path, name: str = "", *, seed: int = 0
) -> list[Path]:
    """:func:`draw_gallery` of a model directory and held-out images (``.npz``).

    Images are binarised where the training images were.
    """
    directory = locate(model)
    loaded = load_model(directory)
    network: Any = loaded.model.eval()
    trained_on = loaded.config.training.get("data") or {}
    batch = fitting_batch(network, load_images(data), trained_on.get("binarise") or "none")
    return draw_gallery(
        network, batch, folder, name or directory.name, trained_on=trained_on, seed=seed
    )


def _larger(network: Any, images: Tensor, target: Path) -> None:
    """Rows: the input, bicubic interpolation, the output, the original."""
    with torch.no_grad():
        small = network.shrink(images)
        larger = network.super_resolve(small)
    shape = images.shape[2:]
    given = interpolate(small, shape, mode="nearest")
    bicubic = interpolate(small, shape, mode="bicubic", align_corners=False).clamp(0.0, 1.0)
    rows = torch.cat([given, bicubic, larger, images])
    write_images(rows, target, columns=len(images), overwrite=True)


def draw_scatter(points: Tensor, labels: Tensor, target: Path) -> None:
    """Scatter plot of points (image, 2), coloured by class."""
    from matplotlib.figure import Figure

    from speechgen.files import atomic_path

    figure = Figure(figsize=(5, 4.5), layout="constrained")
    axes = figure.add_subplot()
    x, y = points.cpu().numpy().T
    drawn = axes.scatter(x, y, c=labels.numpy(), cmap="tab10", s=8)
    figure.colorbar(drawn, ax=axes, label="class")
    axes.set(xlabel="first latent axis", ylabel="second latent axis")
    with atomic_path(target, overwrite=True) as temporary:
        figure.savefig(temporary, dpi=100)
