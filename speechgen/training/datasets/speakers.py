"""Crops of speech grouped by speaker."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from speechgen.errors import DataError
from speechgen.training.datasets.audio_folders import audio_bank, check_audio_data, summary_of
from speechgen.training.datasets.training_data import (
    HELD_OUT_SEED,
    DataContext,
    DataKind,
    TrainingData,
)
from speechgen.training.loop.loader import fixed_batches
from speechgen.training.settings import PathText

_HELD_OUT_CROPS = 8  # of every speaker, for trials between them


@dataclass(frozen=True)
class SpeakerData:
    """Crops by speaker: every batch has some crops of each of some speakers."""

    train: PathText
    kind: str = "speakers"
    valid: PathText | None = None
    crop_seconds: float = 2.0
    speakers_per_batch: int = 16
    crops_per_speaker: int = 3
    cache_dir: PathText | None = None


def open_speakers(data: SpeakerData, context: DataContext) -> TrainingData:
    """Crops grouped by speaker."""
    from speechgen.data.datasets.speaker_crops import SpeakerCropDataset

    bank = audio_bank(data.train, context)
    if len(bank.speaker_names) < 2:
        raise DataError(f"{data.train}: has one speaker; telling voices apart needs two or more")
    crop = round(data.crop_seconds * context.sample_rate)
    dataset = SpeakerCropDataset(
        bank, crop, speakers_per_batch=data.speakers_per_batch,
        crops_per_speaker=data.crops_per_speaker, seed=context.seed,
    )  # fmt: skip
    held_out: list[dict[str, Tensor]] = []
    if data.valid is not None:
        valid = SpeakerCropDataset(
            audio_bank(data.valid, context), crop, speakers_per_batch=context.validation_items,
            crops_per_speaker=_HELD_OUT_CROPS, seed=context.seed + HELD_OUT_SEED,
        )  # fmt: skip
        held_out = fixed_batches(valid, valid.batch_size, valid.batch_size)
    return TrainingData(
        dataset, dataset.batch_size, held_out, speakers=bank.speaker_names, summary=summary_of(bank)
    )


DATA = DataKind(SpeakerData, open_speakers, check_audio_data)
