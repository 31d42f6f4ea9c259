"""Paired and unpaired image domains for translation, and holes for inpainting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from speechgen.errors import ConfigError, DataError
from speechgen.images.data.dataset import ImageSet
from speechgen.images.data.items import ImageDataset

_OTHER_SEED = 500_009  # the order of the second domain


def edges(image: np.ndarray) -> np.ndarray:
    """White lines where brightness changes: Sobel's gradient above 0.3 of the image's largest."""
    from scipy.ndimage import sobel

    grey = image.mean(axis=0)
    slope = np.hypot(sobel(grey, axis=0, mode="nearest"), sobel(grey, axis=1, mode="nearest"))
    lines = (slope > 0.3 * slope.max()).astype(image.dtype)
    return np.repeat(lines[None], len(image), axis=0)


def inverted(image: np.ndarray) -> np.ndarray:
    """Black for white."""
    return 1.0 - image


def upper_half(image: np.ndarray) -> np.ndarray:
    """The lower half is black."""
    kept = image.copy()
    kept[:, image.shape[1] // 2 :] = 0.0
    return kept


def coarse(image: np.ndarray) -> np.ndarray:
    """Squares of two by two pixels, each of its mean value."""
    height, width = (2 * (size // 2) for size in image.shape[1:])
    blocks = image[:, :height, :width].reshape(-1, height // 2, 2, width // 2, 2)
    squares = np.repeat(np.repeat(blocks.mean(axis=(2, 4)), 2, axis=1), 2, axis=2)
    coarsened = image.copy()
    coarsened[:, :height, :width] = squares
    return coarsened


TRANSFORMS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "same": lambda image: image,
    "edges": edges,
    "inverted": inverted,
    "halves": upper_half,
    "coarse": coarse,
}
"""By name: float32 (channel, height, width) in [0, 1] to the same shape and range."""


def transformed(name: str, image: Tensor) -> Tensor:
    """``image`` (channel, height, width) after the transform called ``name``."""
    if name not in TRANSFORMS:
        raise ConfigError(f"no transform {name!r}; known are {', '.join(TRANSFORMS)}")
    changed = TRANSFORMS[name](image.numpy())
    return torch.from_numpy(np.ascontiguousarray(changed, dtype=np.float32))


class ImagePairs:
    """Items {"source", "image", "label"}: each image and its transform.

    Item i belongs to item i of ``dataset``: a pair is one picture twice.
    """

    def __init__(self, dataset: ImageDataset, source: str = "edges") -> None:
        if source not in TRANSFORMS:
            raise ConfigError(f"data.source: needs one of {', '.join(TRANSFORMS)}, not {source!r}")
        self.dataset = dataset
        self.source = source

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Of the source and of the image."""
        return self.dataset.image_shape

    def __getitem__(self, index: int) -> dict[str, Any]:
        item = self.dataset[index]
        return {"source": transformed(self.source, item["image"]), **item}


class ImageDomains:
    """Items {"image_a", "image_b"} from two domains that have no picture in common.

    Without labels the even examples of the set belong to domain A and the odd ones to domain B;
    with labels, those with ``labels_a`` and those with ``labels_b``. Each domain has an order of
    its own, new in every epoch, so no item ever is a pair.

    Parameters
    ----------
    images
        The source of both domains.
    transforms
        Names of the transforms of domain A and of domain B.
    labels_a, labels_b
        Disjoint sets of labels, or both None.
    """

    def __init__(
        self,
        images: ImageSet,
        *,
        transforms: tuple[str, str] = ("same", "edges"),
        labels_a: Sequence[int] | None = None,
        labels_b: Sequence[int] | None = None,
        seed: int = 0,
        **options: Any,
    ) -> None:
        for name in transforms:
            if name not in TRANSFORMS:
                raise ConfigError(
                    f"data.transforms: needs two of {', '.join(TRANSFORMS)}, not {name!r}"
                )
        self.transforms = transforms
        self.domains = tuple(
            ImageDataset(part, seed=seed + place * _OTHER_SEED, **options)
            for place, part in enumerate(_parts(images, labels_a, labels_b))
        )

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Of both domains."""
        return self.domains[0].image_shape

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        names = ("image_a", "image_b")
        return {
            name: transformed(transform, domain[index]["image"])
            for name, transform, domain in zip(names, self.transforms, self.domains, strict=True)
        }


def _parts(
    images: ImageSet, labels_a: Sequence[int] | None, labels_b: Sequence[int] | None
) -> tuple[ImageSet, ImageSet]:
    """The examples of domain A and those of domain B; none is in both."""
    if (labels_a is None) != (labels_b is None):
        raise ConfigError("data: give labels_a and labels_b, or neither")
    if labels_a is None or labels_b is None:
        first = np.arange(len(images)) % 2 == 0
        second = ~first
    else:
        if set(labels_a) & set(labels_b):
            raise ConfigError(
                f"data.labels_a and labels_b share {sorted(set(labels_a) & set(labels_b))}; no "
                "example may be in both domains"
            )
        first, second = (np.isin(images.labels, list(some)) for some in (labels_a, labels_b))
    if not first.any() or not second.any():
        raise DataError(f"{len(images)} images leave one of two domains empty; give more")
    return images.take(first.nonzero()[0]), images.take(second.nonzero()[0])


def random_holes(
    num_images: int,
    height: int,
    width: int,
    *,
    generator: torch.Generator | None = None,
    smallest: float = 0.25,
    largest: float = 0.5,
) -> Tensor:
    """Masks of known pixels, one hole an image: bool (num_images, 1, height, width).

    Holes are rectangles anywhere inside; their sides are drawn between ``smallest`` and ``largest``
    times those of the image, a pixel at least.
    """
    draws = torch.rand(num_images, 4, generator=generator)

    def inside(size: int, extent: Tensor, place: Tensor) -> Tensor:
        length = (size * (smallest + (largest - smallest) * extent)).round().clamp(1, size)
        start = (place * (size - length + 1)).floor().clamp(max=size - 1)
        pixels = torch.arange(size)
        return (pixels >= start[:, None]) & (pixels < (start + length)[:, None])

    rows = inside(height, draws[:, 0], draws[:, 1])
    columns = inside(width, draws[:, 2], draws[:, 3])
    return ~(rows[:, :, None] & columns[:, None, :])[:, None]
