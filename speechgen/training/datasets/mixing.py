"""Mixing as several kinds of data have it: speech, noise and rooms by their settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from speechgen.data.augment.config import AugmentationSettings
from speechgen.errors import ConfigError, DataError
from speechgen.training.datasets.audio_folders import check_audio_data
from speechgen.training.datasets.training_data import DataContext
from speechgen.training.settings import PathText

NO_NOISE = "no data.noise: babble of the training voices and coloured noise stand in for it"


@dataclass(frozen=True, kw_only=True)
class MixingSettings:
    """What is mixed with speech; ``noise`` null leaves babble and coloured noise.

    ``noise_weights`` gives noise classes weight. ``augmentation`` is what else is varied at random;
    null for nothing else. ``rooms`` is a folder of impulse responses or a data directory of them;
    without it its rooms are simulated.
    """

    noise: PathText | None = None
    snr_db: tuple[float, float] = (-5.0, 20.0)
    gain_db: tuple[float, float] = (-10.0, 8.0)
    babble_probability: float = 0.15
    colour_probability: float = 0.1
    equalise_db: float = 6.0
    equalise_speech_db: float = 0.0
    noise_weights: dict[str, float] = field(default_factory=dict)
    augmentation: AugmentationSettings | None = None
    rooms: PathText | None = None


def check_mixing(data: Any) -> None:
    """As of all data of waveforms; and rooms are a folder, which needs augmentation."""
    check_audio_data(data)
    if data.rooms is not None and not Path(data.rooms).is_dir():
        raise DataError(f"{data.rooms}: no such folder; data.rooms is one of impulse responses")
    if data.rooms is not None and data.augmentation is None:
        raise ConfigError(
            "data.rooms: has an effect only with data.augmentation; "
            f"choose data: {data.kind}_augmented"
        )


def mixtures_of(
    data: MixingSettings,
    context: DataContext,
    speech: Any,
    noise: Any,
    crop: int,
    seed: int,
    *,
    speed: tuple[float, float] = (1.0, 1.0),
) -> Any:
    """The dataset of mixtures of banks of ``speech`` and ``noise``, of ``crop`` samples each."""
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
        "speed": speed,
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
