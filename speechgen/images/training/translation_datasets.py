"""From ``image_pairs`` and ``image_domains`` data groups to datasets and held-out batches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from speechgen.errors import ConfigError, DataError
from speechgen.images.data.items import ImageDataset
from speechgen.images.data.pairs import TRANSFORMS, ImageDomains, ImagePairs
from speechgen.images.training.image_datasets import check_images, open_images
from speechgen.training.datasets.training_data import (
    HELD_OUT_SEED,
    DataContext,
    DataKind,
    TrainingData,
)
from speechgen.training.loop.loader import fixed_batches
from speechgen.training.settings import PathText


@dataclass(frozen=True)
class ImagePairsData:
    """Images beside what the transform ``source`` leaves of them; the rest is as of ``images``.

    See :class:`ImagePairs`.
    """

    train: PathText
    kind: str = "image_pairs"
    valid: PathText | None = None
    source: str = "edges"
    binarise: str = "none"
    size: int | None = None
    channels: int | None = None
    limit: int | None = None
    batch_size: int = 16
    cache_dir: PathText | None = None


def check_pairs(data: ImagePairsData) -> None:
    """As of all images; and the transform is known."""
    check_images(data)
    _check_transform("source", data.source)


@dataclass(frozen=True)
class ImageDomainsData:
    """Two domains without pairs, made from the same images by transforms, labels, or both.

    See :class:`ImageDomains`; the rest is as of ``images``.
    """

    train: PathText
    kind: str = "image_domains"
    valid: PathText | None = None
    transforms: tuple[str, str] = ("same", "edges")
    labels_a: tuple[int, ...] | None = None
    labels_b: tuple[int, ...] | None = None
    binarise: str = "none"
    size: int | None = None
    channels: int | None = None
    limit: int | None = None
    batch_size: int = 16
    cache_dir: PathText | None = None


def check_domains(data: ImageDomainsData) -> None:
    """As of all images; and both transforms are known."""
    check_images(data)
    for name in data.transforms:
        _check_transform("transforms", name)


def _check_transform(key: str, name: str) -> None:
    if name not in TRANSFORMS:
        raise ConfigError(f"data.{key}: needs one of {', '.join(TRANSFORMS)}, not {name!r}")


def open_pairs(data: ImagePairsData, context: DataContext) -> TrainingData:
    """Pairs of source and image."""

    def dataset(path: str, seed: int, limit: int | None) -> ImagePairs:
        images = open_images(path, size=data.size, limit=limit)
        tinted = data.channels == 3 and images.image_shape[0] == 1
        plain = ImageDataset(images, binarise=data.binarise, tinted=tinted, seed=seed)
        return ImagePairs(plain, data.source)

    return _open(data, context, dataset, {"source": data.source})


def open_domains(data: ImageDomainsData, context: DataContext) -> TrainingData:
    """Images of two domains."""

    def dataset(path: str, seed: int, limit: int | None) -> ImageDomains:
        images = open_images(path, size=data.size, limit=limit)
        tinted = data.channels == 3 and images.image_shape[0] == 1
        return ImageDomains(
            images, transforms=data.transforms, labels_a=data.labels_a, labels_b=data.labels_b,
            seed=seed, binarise=data.binarise, tinted=tinted,
        )  # fmt: skip

    return _open(data, context, dataset, {"transforms": " and ".join(data.transforms)})


def _open(
    data: Any,
    context: DataContext,
    dataset: Callable[[str, int, int | None], Any],
    summary: dict[str, Any],
) -> TrainingData:
    train = dataset(data.train, context.seed, data.limit)
    held_out: list[dict[str, Tensor]] = []
    if data.valid is not None:
        valid = dataset(data.valid, HELD_OUT_SEED, None)
        if valid.image_shape != train.image_shape:
            raise DataError(
                f"{data.valid}: images are {valid.image_shape}, those of {data.train} are "
                f"{train.image_shape}; give data.size"
            )
        held_out = fixed_batches(valid, context.validation_items, data.batch_size)
    shape = list(train.image_shape)
    return TrainingData(
        train, data.batch_size, held_out, model_arguments={"image_shape": shape}, summary=summary
    )


IMAGE_PAIRS = DataKind(ImagePairsData, open_pairs, check_pairs)
IMAGE_DOMAINS = DataKind(ImageDomainsData, open_domains, check_domains)
