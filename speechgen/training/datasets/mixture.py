"""Clean speech mixed with noise at every step, plain or augmented."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import partial

from torch import Tensor

from speechgen.training.datasets import sources
from speechgen.training.datasets.audio_folders import crop_samples, summary_of
from speechgen.training.datasets.mixing import NO_NOISE, MixingSettings, check_mixing, mixtures_of
from speechgen.training.datasets.paired import has_pairs, held_out_pairs
from speechgen.training.datasets.training_data import (
    HELD_OUT_SEED,
    DataContext,
    DataKind,
    TrainingData,
)
from speechgen.training.loop.loader import fixed_batches
from speechgen.training.settings import PathText


@dataclass(frozen=True, kw_only=True)
class MixtureData(MixingSettings):
    """Clean speech mixed with noise on the fly.

    ``valid`` may be a directory of pairs (noisy.scp) or of clean speech, which is then mixed with
    ``valid_noise`` (or, without one, with ``noise``). ``crop_seconds`` is the length of an item,
    null for the window of the model; ``speed`` is the range of the factor by which speech is played
    faster.
    """

    train: PathText
    kind: str = "mixture"
    valid: PathText | None = None
    valid_noise: PathText | None = None
    batch_size: int = 16
    speed: tuple[float, float] = (1.0, 1.0)
    crop_seconds: float | None = None
    cache_dir: PathText | None = None


def open_mixtures(data: MixtureData, context: DataContext) -> TrainingData:
    """Clean and noisy windows, mixed at every step."""
    crop = crop_samples(data.crop_seconds, context)
    size, seed = data.batch_size, context.seed
    speech = sources.speech(data.train, context, size, seed, sources.audible)
    noise = sources.noise(data.noise, context, data.noise_weights, seed)
    mixed = partial(mixtures_of, data, context, crop=crop, seed=seed, speed=data.speed)
    dataset = sources.dataset_over(mixed, speech, noise, batch_size=size)
    held_out: list[dict[str, Tensor]] = []
    if data.valid is not None and has_pairs(data.valid):
        held_out = held_out_pairs(data.valid, context, data.batch_size, crop)
    elif data.valid is not None:
        plain = dataclasses.replace(data, noise_weights={})
        valid = sources.speech(data.valid, context, size, HELD_OUT_SEED, sources.audible)
        valid_noise = sources.noise(data.valid_noise or data.noise, context, {}, HELD_OUT_SEED)
        mixed = partial(
            mixtures_of, plain, context, crop=crop, seed=HELD_OUT_SEED, speed=data.speed
        )
        mixtures = sources.dataset_over(mixed, valid, valid_noise, batch_size=size)
        held_out = fixed_batches(mixtures, context.validation_items, data.batch_size)
    summary = summary_of(speech.whole)
    notes = []
    if noise.whole is None:
        notes.append(NO_NOISE)
    else:
        summary["noise_hours"] = round(noise.whole.duration_seconds / 3600, 3)
    if speech.size and data.augmentation is not None and data.augmentation.speaker_balance:
        notes.append(sources.NO_BALANCE)
    return TrainingData(dataset, data.batch_size, held_out, summary=summary, notes=tuple(notes))


DATA = DataKind(MixtureData, open_mixtures, check_mixing)
