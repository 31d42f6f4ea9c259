"""Given pairs of clean and noisy speech."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from torch import Tensor

from speechgen.data.shards.shard_set import ShardSet, is_shards
from speechgen.training.datasets import sources
from speechgen.training.datasets.audio_folders import (
    check_audio_data,
    crop_samples,
    summary_of,
)
from speechgen.training.datasets.training_data import (
    HELD_OUT_SEED,
    DataContext,
    DataKind,
    TrainingData,
)
from speechgen.training.loop.loader import fixed_batches
from speechgen.training.settings import PathText


@dataclass(frozen=True)
class PairedData:
    """Given pairs: data directories with noisy.scp; ``crop_seconds`` as of mixtures."""

    train: PathText
    kind: str = "paired"
    valid: PathText | None = None
    batch_size: int = 16
    crop_seconds: float | None = None
    cache_dir: PathText | None = None


def open_paired(data: PairedData, context: DataContext) -> TrainingData:
    """Clean and noisy windows of given pairs."""
    crop = crop_samples(data.crop_seconds, context)
    dataset, whole = _pairs(data.train, context, context.seed, crop, data.batch_size)
    held_out = held_out_pairs(data.valid, context, data.batch_size, crop) if data.valid else []
    return TrainingData(dataset, data.batch_size, held_out, summary=summary_of(whole))


def has_pairs(folder: str) -> bool:
    """Whether a data directory holds noisy versions beside its recordings."""
    if is_shards(folder):
        return ShardSet(folder).has_pairs
    return (Path(folder) / "noisy.scp").is_file()


def _pairs(
    folder: str, context: DataContext, seed: int, crop: int, batch_size: int
) -> tuple[Any, Any]:
    """The dataset, and all clean recordings."""
    from speechgen.data.augment.mixtures import PairedDataset

    clean, noisy = (
        sources.speech(folder, context, batch_size, seed, sources.everything, noisy=side)
        for side in (False, True)
    )
    make = partial(PairedDataset, crop_samples=crop, seed=seed)
    return sources.dataset_over(make, clean, noisy, batch_size=batch_size), clean.whole


def held_out_pairs(
    folder: str, context: DataContext, batch_size: int, crop: int
) -> list[dict[str, Tensor]]:
    """Fixed validation batches of the pairs in ``folder``."""
    pairs, _ = _pairs(folder, context, HELD_OUT_SEED, crop, batch_size)
    return fixed_batches(pairs, context.validation_items, batch_size)


DATA = DataKind(PairedData, open_paired, check_audio_data)
