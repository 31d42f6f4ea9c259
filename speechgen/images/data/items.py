"""Training items from an image set: binarised, tinted, shuffled every epoch."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from speechgen.errors import ConfigError
from speechgen.images.data.dataset import ImageSet

BINARISATIONS = ("none", "threshold", "static", "dynamic")
_STATIC_SEED = 20081  # the fixed draw of static binarisation, the same in every run
_EVALUATION_SEED = 20082  # of the one draw that dynamically binarised images are scored on
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


class ImageDataset:
    """Items {"image": float32 (channel, height, width) in [0, 1], "label": int64}.

    Item i is a pure function of (seed, i): epoch i // len(images) has an order of its own. Batches
    may be longer than an epoch.

    Parameters
    ----------
    images
        What to draw from.
    binarise
        "none"; "threshold" at one half; "static": each pixel is sampled once, with its
        grey value as probability; "dynamic": resampled at every epoch.
    tinted
        Grey images become red, green and blue ones: the ink takes a colour of its own for each
        example, always the same one.
    """

    def __init__(
        self, images: ImageSet, *, binarise: str = "none", tinted: bool = False, seed: int = 0
    ) -> None:
        check_binarisation(binarise)
        if tinted and images.image_shape[0] != 1:
            raise ConfigError(
                f"data.channels: images have {images.image_shape[0]} channels already"
            )
        self.images = images
        self.binarise = binarise
        self.tinted = tinted
        self.seed = seed
        self._order: tuple[int, np.ndarray] = (-1, np.empty(0))

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(channel, height, width) of an item."""
        channel, height, width = self.images.image_shape
        return (3 if self.tinted else channel), height, width

    def example(self, index: int) -> int:
        """Which of the images item ``index`` is."""
        epoch, place = divmod(index, len(self.images))
        if self._order[0] != epoch:
            order = np.random.default_rng([self.seed, epoch]).permutation(len(self.images))
            self._order = (epoch, order)
        return int(self._order[1][place])

    def __getitem__(self, index: int) -> dict[str, Any]:
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: Sequence[int]) -> list[dict[str, Any]]:
        """Several items at once, as torch's loaders ask for them."""
        examples = np.array([self.example(index) for index in indices])
        images = self.images.images[examples].astype(np.float32) / 255.0
        if self.binarise == "static":
            images = binarised(images, self.binarise, _STATIC_SEED, examples)
        elif self.binarise != "none":
            images = binarised(images, self.binarise, self.seed, np.asarray(indices))
        if self.tinted:
            images = np.stack([tint(*pair) for pair in zip(images, examples, strict=True)])
        rows, labels = torch.from_numpy(images), torch.from_numpy(self.images.labels[examples])
        return [{"image": row, "label": label} for row, label in zip(rows, labels, strict=True)]


def check_binarisation(name: str) -> None:
    """:class:`ConfigError` unless ``name`` is one of :data:`BINARISATIONS`."""
    if name not in BINARISATIONS:
        raise ConfigError(f"data.binarise: needs one of {', '.join(BINARISATIONS)}, not {name!r}")


def binarised(images: np.ndarray, how: str, stream: int, numbers: np.ndarray) -> np.ndarray:
    """Float32 values in [0, 1] -> zeros and ones of the same shape.

    Parameters
    ----------
    images
        (image, channel, height, width).
    how
        "threshold", "static" or "dynamic".
    stream, numbers
        What the draw of each image is a function of: a seed, and a number for each (image,).
    """
    if how == "threshold":
        return (images >= 0.5).astype(np.float32)
    draws = _uniforms(stream, numbers, images[0].size).reshape(images.shape)
    return (draws < images).astype(np.float32)


def _uniforms(stream: int, numbers: np.ndarray, size: int) -> np.ndarray:
    """(number, size) float32 in [0, 1): a hash of stream, number and place.

    SplitMix64 (G. Steele, D. Lea, C. Flood 2014, doi:10.1145/2660193.2660195): a generator of its
    own for each image costs many times what its numbers do.
    """
    start = _mixed(np.asarray([stream % 2**63], np.uint64) * _GOLDEN)
    rows = _mixed(start + np.asarray(numbers).astype(np.uint64) * _GOLDEN)
    values = _mixed(rows[:, None] + np.arange(1, size + 1, dtype=np.uint64)[None] * _GOLDEN)
    return (values >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-24)


def _mixed(state: np.ndarray) -> np.ndarray:
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


def tint(image: np.ndarray, example: int) -> np.ndarray:
    """(1, height, width) -> (3, height, width): ink in the colour of number ``example``."""
    hue = (example * 0.618033988749895) % 1.0  # steps of the golden angle spread the hues
    colour = np.asarray(colorsys.hsv_to_rgb(hue, 0.8, 1.0), dtype=np.float32)
    return image * colour[:, None, None]


def evaluation_batch(
    images: ImageSet, *, binarise: str = "none", tinted: bool = False
) -> dict[str, torch.Tensor]:
    """All of ``images`` in their own order, as scoring sees them: each run the same.

    "dynamic" takes one fixed draw, which is not that of "static".
    """
    check_binarisation(binarise)
    values = images.images.astype(np.float32) / 255.0
    if binarise != "none":
        stream = _STATIC_SEED if binarise == "static" else _EVALUATION_SEED
        values = binarised(values, binarise, stream, np.arange(len(values)))
    if tinted:
        values = np.stack([tint(value, example) for example, value in enumerate(values)])
    return {"image": torch.from_numpy(values), "label": torch.from_numpy(images.labels)}
