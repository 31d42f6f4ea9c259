"""Training items made from an image set: binarised, tinted, in a new order every epoch."""

from __future__ import annotations

import colorsys
from typing import Any

import numpy as np
import torch

from speechgen.data.images import ImageSet
from speechgen.errors import ConfigError

BINARISATIONS = ("none", "threshold", "static", "dynamic")
_STATIC_SEED = 20081  # the fixed draw of static binarisation, the same in every run
_EVALUATION_SEED = 20082  # of the one draw that dynamically binarised images are scored on


class ImageDataset:
    """Items {"image": float32 (channel, height, width) in [0, 1], "label": int64}.

    Item i is a pure function of (seed, i): epoch i // len(images) has an order of its own. Batches
    may be longer than an epoch.

    Parameters
    ----------
    images
        What to draw from.
    binarise
        "none"; "threshold" at one half; "static": each pixel is drawn once and for all with its
        grey value as probability; "dynamic": drawn anew whenever it is met.
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
        example = self.example(index)
        image = self.images.images[example].astype(np.float32) / 255.0
        if self.binarise != "none":
            seeds = [_STATIC_SEED, example] if self.binarise == "static" else [self.seed, 1, index]
            image = binarised(image, self.binarise, np.random.default_rng(seeds))
        if self.tinted:
            image = tint(image, example)
        label = torch.tensor(int(self.images.labels[example]))
        return {"image": torch.from_numpy(image), "label": label}


def check_binarisation(name: str) -> None:
    """:class:`ConfigError` unless ``name`` is one of :data:`BINARISATIONS`."""
    if name not in BINARISATIONS:
        raise ConfigError(f"data.binarise: needs one of {', '.join(BINARISATIONS)}, not {name!r}")


def binarised(image: np.ndarray, how: str, generator: np.random.Generator) -> np.ndarray:
    """Float32 values in [0, 1] -> zeros and ones of the same shape."""
    if how == "threshold":
        return (image >= 0.5).astype(np.float32)
    return (generator.random(image.shape, dtype=np.float32) < image).astype(np.float32)


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
    rows = []
    for example, picture in enumerate(images.images):
        image = picture.astype(np.float32) / 255.0
        if binarise != "none":
            seed = _STATIC_SEED if binarise == "static" else _EVALUATION_SEED
            image = binarised(image, binarise, np.random.default_rng([seed, example]))
        rows.append(tint(image, example) if tinted else image)
    return {"image": torch.from_numpy(np.stack(rows)), "label": torch.from_numpy(images.labels)}
