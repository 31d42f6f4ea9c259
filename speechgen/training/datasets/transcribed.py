"""Utterances with the phones that are said in them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from torch import Tensor

from speechgen.data.datasets.transcribed_speech import TranscribedDataset
from speechgen.data.kaldi.reading import load_data_directory
from speechgen.errors import DataError
from speechgen.features import FeatureSettings
from speechgen.text import ENGLISH_PHONES
from speechgen.training.datasets.audio_folders import audio_bank, check_audio_data, summary_of
from speechgen.training.datasets.training_data import (
    HELD_OUT_SEED,
    DataContext,
    DataKind,
    TrainingData,
)
from speechgen.training.loop.loader import fixed_batches
from speechgen.training.settings import PathText


@dataclass(frozen=True)
class TranscribedData:
    """Mel frames of whole utterances and their phones, from data directories with ``phones``.

    ``features`` with pitch, as vocoders have them, share their cache; the pitch is left out.
    """

    train: PathText
    kind: str = "transcribed"
    valid: PathText | None = None
    features: dict[str, Any] = field(default_factory=lambda: {"kind": "mel"})
    batch_size: int = 32
    cache_dir: PathText | None = None


def open_transcribed(data: TranscribedData, context: DataContext) -> TrainingData:
    """Utterances with phones, in batches of like length."""
    settings = FeatureSettings.from_dict({"sample_rate": context.sample_rate} | data.features)
    phones = _phones_of(data.train)
    known = {phone for said in phones.values() for phone in said}
    names = list(ENGLISH_PHONES) if known <= set(ENGLISH_PHONES) else sorted(known)
    bank = audio_bank(data.train, context)
    dataset = TranscribedDataset(
        bank, settings, phones, names, batch_size=data.batch_size, seed=context.seed,
        cache_dir=context.cache_dir,
    )  # fmt: skip
    notes = _notes(data.train, dataset)
    held_out: list[dict[str, Tensor]] = []
    if data.valid is not None:
        valid = TranscribedDataset(
            audio_bank(data.valid, context), settings, _phones_of(data.valid), names,
            batch_size=data.batch_size, seed=HELD_OUT_SEED,
            cache_dir=context.cache_dir,
        )  # fmt: skip
        notes += _notes(data.valid, valid)
        items = min(context.validation_items, len(valid))
        held_out = fixed_batches(valid, items, valid.batch_size)
    arguments = {
        "local_features": settings.num_mels,
        "hop_samples": settings.hop_samples,
        "phones": names,
    }
    return TrainingData(
        dataset, dataset.batch_size, held_out, arguments,
        replace(settings, absolute_pitch=False).to_dict(), summary=summary_of(bank),
        notes=tuple(notes),
    )  # fmt: skip


def _phones_of(folder: str) -> dict[str, list[str]]:
    phones = load_data_directory(folder).phones
    return {name: said.split() for name, said in (phones or {}).items()}


def _notes(folder: str, dataset: TranscribedDataset) -> list[str]:
    left_out = dataset.left_out.items()
    return [f"{folder}: {count} utterances {why} are left out" for why, count in left_out if count]


def _check(data: TranscribedData) -> None:
    check_audio_data(data)
    for folder in (data.train, data.valid):
        if folder is not None and not (Path(folder) / "phones").is_file():
            raise DataError(
                f"{folder}: has no phones; write them with: speechgen prepare phones {folder}"
            )


DATA = DataKind(TranscribedData, open_transcribed, _check)
