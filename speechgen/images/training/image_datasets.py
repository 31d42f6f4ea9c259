"""From an ``images`` data group to a dataset and held-out batches."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from speechgen.errors import ConfigError, DataError
from speechgen.images.data.dataset import ImageSet, load_images, resized
from speechgen.images.data.items import ImageDataset, check_binarisation
from speechgen.training.datasets.training_data import (
    HELD_OUT_SEED,
    DataContext,
    DataKind,
    TrainingData,
)
from speechgen.training.loop.loader import fixed_batches
from speechgen.training.settings import PathText


@dataclass(frozen=True)
class ImagesData:
    """Labelled images from ``.npz`` files, see :mod:`speechgen.images.data.dataset`.

    ``binarise`` is as in :class:`ImageDataset`. ``size`` brings all images to size x size, null
    leaves them. ``channels`` 3 gives grey images a tint, null leaves them. ``limit`` takes the
    first examples only.
    """

    train: PathText
    kind: str = "images"
    valid: PathText | None = None
    binarise: str = "none"
    size: int | None = None
    channels: int | None = None
    limit: int | None = None
    batch_size: int = 64
    cache_dir: PathText | None = None


def check_images(data: Any) -> None:
    """The files exist, the numbers make sense and the binarisation is known."""
    check_image_files(data)
    check_binarisation(data.binarise)


def check_image_files(data: Any) -> None:
    """The files of an image data group exist and its numbers make sense, or an error says why."""
    for path in (data.train, data.valid):
        if path is not None and not Path(path).is_file():
            raise DataError(
                f"{path}: no such file; 'speechgen prepare digits' or 'mnist' makes one"
            )
    for name in ("size", "limit", "batch_size"):
        value = getattr(data, name)
        if value is not None and value < 1:
            raise ConfigError(f"data.{name}: needs a number above 0, not {value}")
    if data.channels not in (None, 1, 3):
        raise ConfigError(f"data.channels: needs 1, 3 or null, not {data.channels}")


def open_images(path: str, *, size: int | None = None, limit: int | None = None) -> ImageSet:
    """The set in ``path``, the first ``limit`` of it, brought to ``size``."""
    images = load_images(path)
    if limit is not None:
        images = images.take(slice(limit))
    return images if size is None else resized(images, size)


def open_image_data(data: ImagesData, context: DataContext) -> TrainingData:
    """Images, and the shape that the network must have."""
    dataset = _dataset(data, data.train, context.seed, limit=data.limit)
    held_out: list[dict[str, Tensor]] = []
    if data.valid is not None:
        valid = _dataset(data, data.valid, HELD_OUT_SEED)
        if valid.image_shape != dataset.image_shape:
            raise DataError(
                f"{data.valid}: images are {valid.image_shape}, those of {data.train} are "
                f"{dataset.image_shape}; give data.size"
            )
        items = min(context.validation_items, len(valid.images))
        held_out = fixed_batches(valid, items, data.batch_size)
    return TrainingData(
        dataset,
        data.batch_size,
        held_out,
        model_arguments={"image_shape": list(dataset.image_shape)},
        classes=np.unique(dataset.images.labels).tolist(),
        summary={"images": len(dataset.images), "binarise": data.binarise},
    )


def _dataset(data: ImagesData, path: str, seed: int, *, limit: int | None = None) -> ImageDataset:
    images = open_images(path, size=data.size, limit=limit)
    tinted = data.channels == 3 and images.image_shape[0] == 1
    return ImageDataset(images, binarise=data.binarise, tinted=tinted, seed=seed)


IMAGES = DataKind(ImagesData, open_image_data, check_images)
