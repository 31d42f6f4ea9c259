"""From the ``data`` group of a configuration to datasets, held-out batches and what they imply.

One dataclass and one function for each kind of data. A source also tells the network what it must
fit: sizes of conditions, names of voices, the length of its windows.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from speechgen.data.augment.config import Variety
from speechgen.data.datasets.audio_cache import AudioBank
from speechgen.errors import ConfigError, DataError
from speechgen.features import FeatureSettings
from speechgen.images.training import sources as image_sources
from speechgen.images.training import translation_sources
from speechgen.training.loop.loader import fixed_batches
from speechgen.training.settings import from_mapping
from speechgen.training.source import HELD_OUT_SEED, Place, Source

_HELD_OUT_CROPS = 8  # of every speaker, for trials between them


@dataclass(frozen=True)
class MixtureData:
    """Clean speech mixed with noise on the fly; ``noise`` null leaves babble and coloured noise.

    ``valid`` may be a directory of pairs (noisy.scp) or of clean speech, which is then mixed with
    ``valid_noise`` (or, without one, with ``noise``). ``noise_weights`` gives noise classes weight.
    ``variety`` is what else differs from mixture to mixture; null for nothing else. ``rooms`` is a
    folder of impulse responses or a data directory of them; without it its rooms are simulated.
    ``crop_seconds`` is the length of an item, null for the window of the model.
    """

    train: str
    kind: str = "mixture"
    noise: str | None = None
    valid: str | None = None
    valid_noise: str | None = None
    batch_size: int = 16
    snr_db: tuple[float, float] = (-5.0, 20.0)
    gain_db: tuple[float, float] = (-10.0, 8.0)
    babble_probability: float = 0.15
    colour_probability: float = 0.1
    equalise_db: float = 6.0
    speed: tuple[float, float] = (1.0, 1.0)
    equalise_speech_db: float = 0.0
    noise_weights: dict[str, float] = field(default_factory=dict)
    variety: Variety | None = None
    rooms: str | None = None
    crop_seconds: float | None = None
    cache_dir: str | None = None


@dataclass(frozen=True)
class PairedData:
    """Given pairs: data directories with noisy.scp; ``crop_seconds`` as of mixtures."""

    train: str
    kind: str = "paired"
    valid: str | None = None
    batch_size: int = 16
    crop_seconds: float | None = None
    cache_dir: str | None = None


@dataclass(frozen=True)
class ConditionedData:
    """Speech with local features (``features`` null for none) and speaker vectors (null for none).

    ``valid_speaker_vectors`` null means the held-out vectors are in ``speaker_vectors`` too.
    """

    train: str
    kind: str = "conditioned"
    valid: str | None = None
    features: dict[str, Any] | None = None
    speaker_vectors: str | None = None
    valid_speaker_vectors: str | None = None
    crop_seconds: float = 0.5
    batch_size: int = 8
    cache_dir: str | None = None


@dataclass(frozen=True)
class SpeakerData:
    """Crops by speaker: every batch has some crops of each of some speakers."""

    train: str
    kind: str = "speakers"
    valid: str | None = None
    crop_seconds: float = 2.0
    speakers_per_batch: int = 16
    crops_per_speaker: int = 3
    cache_dir: str | None = None


def mixture_source(data: MixtureData, place: Place) -> Source:
    """Clean and noisy windows, mixed at every step."""
    crop = _crop(data.crop_seconds, place)
    speech, noise = _bank(data.train, place), _bank(data.noise, place)
    dataset = _mixtures(data, place, speech, noise, crop, place.seed)
    seed = place.seed + HELD_OUT_SEED
    held_out: list[dict[str, Tensor]] = []
    if data.valid is not None and _has_pairs(data.valid):
        held_out = _held_out_pairs(data.valid, place, data.batch_size, crop)
    elif data.valid is not None:
        plain = dataclasses.replace(data, noise_weights={})
        valid_noise = _bank(data.valid_noise, place) or noise
        mixed = _mixtures(plain, place, _bank(data.valid, place), valid_noise, crop, seed)
        held_out = fixed_batches(mixed, place.validation_items, data.batch_size)
    summary = _summary(speech)
    if noise is not None:
        summary["noise_hours"] = round(noise.duration_seconds / 3600, 3)
    return Source(dataset, data.batch_size, held_out, summary=summary)


def _mixtures(
    data: MixtureData, place: Place, speech: Any, noise: Any, crop: int, seed: int
) -> Any:
    from speechgen.data.augment.augmented_mixtures import VariedMixtureDataset
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
    if data.variety is None:
        return MixtureDataset(speech, noise, **options)
    rooms = None
    if data.rooms is not None:
        rooms = RoomBank(data.rooms, place.sample_rate, seconds=data.variety.room_seconds)
    return VariedMixtureDataset(speech, noise, variety=data.variety, rooms=rooms, **options)


def paired_source(data: PairedData, place: Place) -> Source:
    """Clean and noisy windows of given pairs."""
    crop = _crop(data.crop_seconds, place)
    dataset = _pairs(data.train, place, place.seed, crop)
    held_out = _held_out_pairs(data.valid, place, data.batch_size, crop) if data.valid else []
    return Source(dataset, data.batch_size, held_out, summary=_summary(dataset.clean_bank))


def conditioned_source(data: ConditionedData, place: Place) -> Source:
    """Waves with local features and the vector of another utterance of the same voice."""
    from speechgen.data.datasets.conditioned_speech import ConditionedDataset
    from speechgen.data.datasets.speaker_vectors import load_vectors

    settings = None
    if data.features is not None:
        features = {"sample_rate": place.sample_rate} | data.features
        settings = FeatureSettings.from_dict(features)
        if settings.sample_rate != place.sample_rate:
            raise ConfigError(
                f"data.features.sample_rate is {settings.sample_rate}, "
                f"the model's {place.sample_rate}; they must be the same"
            )
    level_db = settings.wave_level_db if settings else None
    bank = _bank(data.train, place, level_db=level_db)
    hop = settings.hop_samples if settings else 1
    crop = max(1, round(data.crop_seconds * place.sample_rate / hop)) * hop
    options: dict[str, Any] = {"crop_samples": crop, "cache_dir": place.cache_dir}
    vectors = load_vectors(data.speaker_vectors) if data.speaker_vectors else None
    dataset = ConditionedDataset(
        bank, settings, speaker_vectors=vectors, seed=place.seed, **options
    )
    held_out: list[dict[str, Tensor]] = []
    if data.valid is not None:
        others = load_vectors(data.valid_speaker_vectors) if data.valid_speaker_vectors else vectors
        valid = ConditionedDataset(
            _bank(data.valid, place, level_db=level_db), settings, speaker_vectors=others,
            seed=place.seed + HELD_OUT_SEED, speaker_names=bank.speaker_names, **options,
        )  # fmt: skip
        held_out = fixed_batches(valid, place.validation_items, data.batch_size)
    arguments: dict[str, Any] = {}
    if settings is not None:
        arguments |= {"local_features": settings.num_features, "hop_samples": settings.hop_samples}
    table = None
    if vectors is not None:
        arguments |= {"speaker_features": vectors.num_features, "speakers": bank.speaker_names}
        table = np.stack([vectors.mean_of(name) for name in bank.speaker_names])
    return Source(
        dataset, data.batch_size, held_out, arguments, settings.to_dict() if settings else {},
        bank.speaker_names, table, _summary(bank),
    )  # fmt: skip


def speaker_source(data: SpeakerData, place: Place) -> Source:
    """Crops grouped by speaker."""
    from speechgen.data.datasets.speaker_crops import SpeakerCropDataset

    bank = _bank(data.train, place)
    if len(bank.speaker_names) < 2:
        raise DataError(f"{data.train}: has one speaker; telling voices apart needs two or more")
    crop = round(data.crop_seconds * place.sample_rate)
    dataset = SpeakerCropDataset(
        bank, crop, speakers_per_batch=data.speakers_per_batch,
        crops_per_speaker=data.crops_per_speaker, seed=place.seed,
    )  # fmt: skip
    held_out: list[dict[str, Tensor]] = []
    if data.valid is not None:
        valid = SpeakerCropDataset(
            _bank(data.valid, place), crop, speakers_per_batch=place.validation_items,
            crops_per_speaker=_HELD_OUT_CROPS, seed=place.seed + HELD_OUT_SEED,
        )  # fmt: skip
        held_out = fixed_batches(valid, valid.batch_size, valid.batch_size)
    return Source(
        dataset, dataset.batch_size, held_out, speakers=bank.speaker_names, summary=_summary(bank)
    )


KINDS: dict[str, tuple[type, Callable[..., Source]]] = {
    **image_sources.KINDS,
    **translation_sources.KINDS,
    "mixture": (MixtureData, mixture_source),
    "paired": (PairedData, paired_source),
    "conditioned": (ConditionedData, conditioned_source),
    "speakers": (SpeakerData, speaker_source),
}


def data_settings(values: dict[str, Any]) -> Any:
    """The checked settings dataclass of a ``data`` mapping; its folders must exist."""
    kind = values.get("kind")
    if kind not in KINDS:
        raise ConfigError(f"data.kind: needs one of {', '.join(KINDS)}, not {kind!r}")
    settings: Any = from_mapping(KINDS[kind][0], values, "data")
    if hasattr(settings, "check_files"):
        settings.check_files()
        return settings
    for name in ("train", "valid", "noise", "valid_noise"):
        folder = getattr(settings, name, None)
        if folder is not None and not (Path(folder) / "wav.scp").is_file():
            raise DataError(f"{folder}: no data directory (no wav.scp); see speechgen prepare")
    rooms = getattr(settings, "rooms", None)
    if rooms is not None and not Path(rooms).is_dir():
        raise DataError(f"{rooms}: no such folder; data.rooms is one of impulse responses")
    if rooms is not None and settings.variety is None:
        raise ConfigError(
            "data.rooms: is heard only with data.variety; choose data: mixture_varied"
        )
    for name in ("batch_size", "crop_seconds", "speakers_per_batch", "crops_per_speaker"):
        value = getattr(settings, name, 1)
        if value is not None and value <= 0:
            raise ConfigError(f"data.{name}: needs a number above 0, not {value}")
    return settings


def open_source(settings: Any, place: Place) -> Source:
    """The source that ``settings`` (from :func:`data_settings`) describe."""
    return KINDS[settings.kind][1](settings, place)


def _bank(
    folder: str | None, place: Place, *, noisy: bool = False, level_db: float | None = None
) -> Any:
    if folder is None:
        return None
    return AudioBank(folder, place.sample_rate, place.cache_dir, noisy=noisy, level_db=level_db)


def _crop(seconds: float | None, place: Place) -> int:
    """Samples of an item: ``seconds``, or the window of the model."""
    if seconds is not None:
        return max(round(seconds * place.sample_rate), 1)
    if place.window_samples is None:
        raise ConfigError(
            "this data fits models that enhance windows; choose such a model, or give "
            "data.crop_seconds"
        )
    return place.window_samples


def _has_pairs(folder: str) -> bool:
    return (Path(folder) / "noisy.scp").is_file()


def _pairs(folder: str, place: Place, seed: int, crop: int) -> Any:
    from speechgen.data.augment.mixtures import PairedDataset

    banks = _bank(folder, place), _bank(folder, place, noisy=True)
    return PairedDataset(*banks, crop_samples=crop, seed=seed)


def _held_out_pairs(
    folder: str, place: Place, batch_size: int, crop: int
) -> list[dict[str, Tensor]]:
    pairs = _pairs(folder, place, place.seed + HELD_OUT_SEED, crop)
    return fixed_batches(pairs, place.validation_items, batch_size)


def _summary(bank: AudioBank) -> dict[str, Any]:
    return {
        "utterances": len(bank),
        "speakers": len(bank.speaker_names),
        "hours": round(bank.duration_seconds / 3600, 3),
    }
