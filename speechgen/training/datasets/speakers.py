"""Crops of speech grouped by speaker, plain or augmented."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import Tensor

from speechgen.data.datasets.speaker_crops import SILENCE, voice_names
from speechgen.errors import ConfigError, DataError
from speechgen.training.datasets import sources
from speechgen.training.datasets.audio_folders import summary_of
from speechgen.training.datasets.mixing import NO_NOISE, MixingSettings, check_mixing, mixtures_of
from speechgen.training.datasets.training_data import (
    HELD_OUT_SEED,
    DataContext,
    DataKind,
    TrainingData,
)
from speechgen.training.loop.loader import fixed_batches
from speechgen.training.settings import PathText

_HELD_OUT_CROPS = 8  # of every speaker, for trials between them
_SPEEDS = (0.5, 2.0)


@dataclass(frozen=True, kw_only=True)
class SpeakerData(MixingSettings):
    """Crops by speaker: every batch has some crops of each of some speakers.

    With ``augmentation`` every crop, held-out ones too, is mixed with noise and filtered by itself,
    so that crops of one recording do not share their channel. ``speeds`` are those at which every
    speaker is one more voice to be told apart.
    """

    train: PathText
    kind: str = "speakers"
    valid: PathText | None = None
    crop_seconds: float = 2.0
    speakers_per_batch: int = 16
    crops_per_speaker: int = 3
    speeds: tuple[float, ...] = ()
    cache_dir: PathText | None = None


def check_speakers(data: SpeakerData) -> None:
    """As of mixtures; noise needs augmentation, and speeds are far enough from 1 and each other."""
    check_mixing(data)
    if data.noise is not None and data.augmentation is None:
        raise ConfigError(
            "data.noise: has an effect only with data.augmentation; choose data: speakers_augmented"
        )
    known = {1.0, *data.speeds}
    if len(known) <= len(data.speeds) or not all(_SPEEDS[0] <= s <= _SPEEDS[1] for s in known):
        raise ConfigError(
            f"data.speeds: needs different speeds from {_SPEEDS[0]} to {_SPEEDS[1]} beside 1, "
            f"not {list(data.speeds)}"
        )


def open_speakers(data: SpeakerData, context: DataContext) -> TrainingData:
    """Crops grouped by speaker."""
    by_speaker = partial(
        sources.speakers, context=context, speakers_per_batch=data.speakers_per_batch,
        quietest=SILENCE,
    )  # fmt: skip
    voices = by_speaker(data.train, seed=context.seed)
    noise = sources.noise(data.noise, context, data.noise_weights, context.seed)
    if len(voices.whole.speaker_names) < 2:
        raise DataError(f"{data.train}: has one speaker; telling voices apart needs two or more")
    size = min(data.speakers_per_batch, len(voices.whole.speaker_names) * (1 + len(data.speeds)))
    make = partial(
        _crops, data, context, seed=context.seed, speeds=data.speeds,
        speakers_per_batch=data.speakers_per_batch, crops_per_speaker=data.crops_per_speaker,
        speaker_names=voices.whole.speaker_names,
    )  # fmt: skip
    batch_size = size * data.crops_per_speaker
    dataset = sources.dataset_over(make, voices, noise, batch_size=batch_size)
    held_out: list[dict[str, Tensor]] = []
    if data.valid is not None:
        valid = _crops(
            dataclasses.replace(data, noise_weights={}), context,
            by_speaker(data.valid, seed=HELD_OUT_SEED).blocks.bank(0), noise.blocks.bank(0),
            seed=HELD_OUT_SEED, speakers_per_batch=context.validation_items,
            crops_per_speaker=_HELD_OUT_CROPS,
        )  # fmt: skip
        held_out = fixed_batches(valid, valid.batch_size, valid.batch_size)
    summary = summary_of(voices.whole)
    if noise.whole is not None:
        summary["noise_hours"] = round(noise.whole.duration_seconds / 3600, 3)
    names = voice_names(voices.whole.speaker_names, data.speeds)
    return TrainingData(
        dataset, batch_size, held_out, speakers=names, summary=summary,
        notes=(NO_NOISE,) if data.augmentation is not None and noise.whole is None else (),
    )  # fmt: skip


def _crops(
    data: SpeakerData, context: DataContext, bank: Any, noise: Any, *, seed: int, **options: Any
) -> Any:
    from speechgen.data.datasets.speaker_crops import SpeakerCropDataset

    crop = round(data.crop_seconds * context.sample_rate)
    mixtures = None
    if data.augmentation is not None:
        mixtures = mixtures_of(data, context, bank, noise, crop, seed)
    return SpeakerCropDataset(bank, crop, mixtures=mixtures, seed=seed, **options)


DATA = DataKind(SpeakerData, open_speakers, check_speakers)
