"""Clean speech mixed with noise at every step, plain or augmented."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from speechgen.data.augment.config import AugmentationSettings
from speechgen.errors import ConfigError, DataError
from speechgen.training.datasets.audio_folders import (
    audio_bank,
    check_audio_data,
    crop_samples,
    summary_of,
)
from speechgen.training.datasets.paired import has_pairs, held_out_pairs
from speechgen.training.datasets.training_data import (
    HELD_OUT_SEED,
    DataContext,
    DataKind,
    TrainingData,
)
from speechgen.training.loop.loader import fixed_batches
from speechgen.training.settings import PathText

NO_NOISE = "no data.noise: babble of the training voices and coloured noise stand in for it"


@dataclass(frozen=True)
class MixtureData:
    """Clean speech mixed with noise on the fly; ``noise`` null leaves babble and coloured noise.

    ``valid`` may be a directory of pairs (noisy.scp) or of clean speech, which is then mixed with
    ``valid_noise`` (or, without one, with ``noise``). ``noise_weights`` gives noise classes weight.
    ``augmentation`` is what else is varied at random; null for nothing else. ``rooms`` is a
    folder of impulse responses or a data directory of them; without it its rooms are simulated.
    ``crop_seconds`` is the length of an item, null for the window of the model.
    """

    train: PathText
    kind: str = "mixture"
    noise: PathText | None = None
    valid: PathText | None = None
    valid_noise: PathText | None = None
    batch_size: int = 16
    snr_db: tuple[float, float] = (-5.0, 20.0)
    gain_db: tuple[float, float] = (-10.0, 8.0)
    babble_probability: float = 0.15
    colour_probability: float = 0.1
    equalise_db: float = 6.0
    speed: tuple[float, float] = (1.0, 1.0)
    equalise_speech_db: float = 0.0
    noise_weights: dict[str, float] = field(default_factory=dict)
    augmentation: AugmentationSettings | None = None
    rooms: PathText | None = None
    crop_seconds: float | None = None
    cache_dir: PathText | None = None


def check_mixtures(data: MixtureData) -> None:
    """As of all data of waveforms; and rooms are a folder, which needs augmentation."""
    check_audio_data(data)
    if data.rooms is not None and not Path(data.rooms).is_dir():
        raise DataError(f"{data.rooms}: no such folder; data.rooms is one of impulse responses")
    if data.rooms is not None and data.augmentation is None:
        raise ConfigError(
            "data.rooms: has an effect only with data.augmentation; choose data: mixture_augmented"
        )


def open_mixtures(data: MixtureData, context: DataContext) -> TrainingData:
    """Clean and noisy windows, mixed at every step."""
    crop = crop_samples(data.crop_seconds, context)
    speech, noise = audio_bank(data.train, context), audio_bank(data.noise, context)
    dataset = _mixtures(data, context, speech, noise, crop, context.seed)
    seed = context.seed + HELD_OUT_SEED
    held_out: list[dict[str, Tensor]] = []
    if data.valid is not None and has_pairs(data.valid):
        held_out = held_out_pairs(data.valid, context, data.batch_size, crop)
    elif data.valid is not None:
        plain = dataclasses.replace(data, noise_weights={})
        valid_noise = audio_bank(data.valid_noise, context) or noise
        mixed = _mixtures(plain, context, audio_bank(data.valid, context), valid_noise, crop, seed)
        held_out = fixed_batches(mixed, context.validation_items, data.batch_size)
    summary = summary_of(speech)
    if noise is not None:
        summary["noise_hours"] = round(noise.duration_seconds / 3600, 3)
    notes = () if noise is not None else (NO_NOISE,)
    return TrainingData(dataset, data.batch_size, held_out, summary=summary, notes=notes)


def _mixtures(
    data: MixtureData, context: DataContext, speech: Any, noise: Any, crop: int, seed: int
) -> Any:
    from speechgen.data.augment.augmented_mixtures import AugmentedMixtureDataset
    from speechgen.data.augment.mixtures import MixtureDataset
    from speechgen.data.augment.rir import RoomBank

    options: dict[str, Any] = {
        "crop_samples": crop,
        "snr_db": data.snr_db,
        "gain_db": data.gain_db,
        "babble_probability": data.babble_probability,
        "colour_probability": data.colour_probability,
        "equalise_db": data.equalise_db,
        "speed": data.speed,
        "equalise_speech_db": data.equalise_speech_db,
        "class_weights": data.noise_weights or None,
        "seed": seed,
    }
    if data.augmentation is None:
        return MixtureDataset(speech, noise, **options)
    rooms = None
    if data.rooms is not None:
        rooms = RoomBank(data.rooms, context.sample_rate, seconds=data.augmentation.room_seconds)
    return AugmentedMixtureDataset(
        speech, noise, augmentation=data.augmentation, rooms=rooms, **options
    )


DATA = DataKind(MixtureData, open_mixtures, check_mixtures)
