"""Sets of labelled images: one ``.npz`` file each, as training and scoring read them.

A file holds ``images``, uint8 (example, channel, height, width), and ``labels``, int64 (example,).
It is read without pickles, so nothing in it can run.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from speechgen.data.array_files import open_arrays
from speechgen.errors import DataError
from speechgen.files import atomic_path


@dataclass(frozen=True)
class ImageSet:
    """Images, uint8 (example, channel, height, width), and a label for each, int64 (example,)."""

    images: np.ndarray
    labels: np.ndarray

    def __post_init__(self) -> None:
        if self.images.ndim != 4 or self.images.dtype != np.uint8 or 0 in self.images.shape:
            raise DataError(
                f"images are {self.images.dtype} {self.images.shape}; they must be uint8, "
                "(example, channel, height, width), and not empty"
            )
        if self.labels.shape != self.images.shape[:1] or self.labels.dtype.kind not in "iu":
            raise DataError(
                f"labels are {self.labels.dtype} {self.labels.shape}; they must be whole numbers, "
                f"one for each of the {len(self.images)} images"
            )

    def __len__(self) -> int:
        return len(self.images)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(channel, height, width)."""
        channel, height, width = self.images.shape[1:]
        return channel, height, width

    def take(self, indices: np.ndarray | slice) -> ImageSet:
        """Some of the examples."""
        return ImageSet(self.images[indices], self.labels[indices])


def load_images(path: str | Path) -> ImageSet:
    """The image set in ``path``.

    Raises
    ------
    DataError
        There is no such file, it is not an ``.npz`` of images and labels, or it is too large.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path}: no such file; 'speechgen prepare digits' or 'mnist' makes one")
    with open_arrays(path) as arrays:
        if not {"images", "labels"} <= set(arrays.names):
            raise DataError(f"{path}: not a set of images (an .npz with 'images' and 'labels')")
        images, labels = arrays["images"], arrays["labels"]
    if labels.dtype.kind not in "iub":
        raise DataError(f"{path}: labels are {labels.dtype}; they must be whole numbers")
    try:
        return ImageSet(images, labels.astype(np.int64))
    except DataError as error:
        raise DataError(f"{path}: {error}") from error


def save_images(path: str | Path, images: ImageSet, *, overwrite: bool = False) -> None:
    """Write an image set; nothing is left behind when that fails."""
    with atomic_path(path, overwrite=overwrite) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, images=images.images, labels=images.labels)


def digits() -> ImageSet:
    """The 1,797 handwritten digits that come with scikit-learn, 8x8, scaled to 0..255.

    E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI, 1998 (CC BY 4.0).
    """
    from sklearn.datasets import load_digits

    data: Any = load_digits()
    images = np.round(data.images * (255.0 / 16.0)).astype(np.uint8)
    return ImageSet(images[:, None], data.target.astype(np.int64))


def resized(images: ImageSet, size: int) -> ImageSet:
    """All images resized to ``size`` x ``size`` by bicubic interpolation."""
    import torch
    from torch.nn.functional import interpolate

    if images.image_shape[1:] == (size, size):
        return images
    shrinks = size < max(images.image_shape[1:])
    parts = []
    for start in range(0, len(images), 4096):  # so that memory stays small
        pixels = torch.from_numpy(images.images[start : start + 4096]).float()
        grown = interpolate(
            pixels, (size, size), mode="bicubic", align_corners=False, antialias=shrinks
        )
        parts.append(grown.round().clamp(0, 255).to(torch.uint8).numpy())
    return ImageSet(np.concatenate(parts), images.labels)


def split_images(images: ImageSet, sizes: dict[str, int], *, seed: int) -> dict[str, ImageSet]:
    """Disjoint random parts of given sizes; the rest is the part "train".

    Raises
    ------
    DataError
        The parts ask for all examples, or for more.
    """
    asked = sum(sizes.values())
    if asked >= len(images):
        raise DataError(f"the parts need {asked} examples, there are {len(images)}")
    order = np.random.default_rng(seed).permutation(len(images))
    parts, start = {}, 0
    for name, size in sizes.items():
        parts[name] = images.take(np.sort(order[start : start + size]))
        start += size
    return {"train": images.take(np.sort(order[start:])), **parts}
