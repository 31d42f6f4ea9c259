"""Given pairs of clean and noisy speech."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from speechgen.training.datasets.audio_folders import (
    audio_bank,
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
    dataset = _pairs(data.train, context, context.seed, crop)
    held_out = held_out_pairs(data.valid, context, data.batch_size, crop) if data.valid else []
    return TrainingData(dataset, data.batch_size, held_out, summary=summary_of(dataset.clean_bank))


def has_pairs(folder: str) -> bool:
    """Whether a data directory holds noisy versions beside its recordings."""
    return (Path(folder) / "noisy.scp").is_file()


def _pairs(folder: str, context: DataContext, seed: int, crop: int) -> Any:
    from speechgen.data.augment.mixtures import PairedDataset

    banks = audio_bank(folder, context), audio_bank(folder, context, noisy=True)
    return PairedDataset(*banks, crop_samples=crop, seed=seed)


def held_out_pairs(
    folder: str, context: DataContext, batch_size: int, crop: int
) -> list[dict[str, Tensor]]:
    """Fixed validation batches of the pairs in ``folder``."""
    pairs = _pairs(folder, context, HELD_OUT_SEED, crop)
    return fixed_batches(pairs, context.validation_items, batch_size)


DATA = DataKind(PairedData, open_paired, check_audio_data)
