"""Utterances with the phones that are said in them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from torch import Tensor

from speechgen.data.datasets.transcribed_speech import TranscribedDataset
from speechgen.data.kaldi.reading import load_data_directory
from speechgen.data.shards.shard_set import ShardSet, is_shards
from speechgen.errors import DataError
from speechgen.features import FeatureSettings
from speechgen.text import ENGLISH_PHONES
from speechgen.training.datasets import sources
from speechgen.training.datasets.audio_folders import check_audio_data, summary_of
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
    known = _known_phones(data.train)
    names = list(ENGLISH_PHONES) if known <= set(ENGLISH_PHONES) else sorted(known)

    def opened(folder: str, seed: int) -> tuple[Any, Any, list[str]]:
        """The dataset, all recordings, and what is to be said of them."""
        make = partial(
            _transcribed, phones=None if is_shards(folder) else _phones_of(folder),
            settings=settings, phone_names=names, batch_size=data.batch_size, seed=seed,
            cache_dir=context.cache_dir,
        )  # fmt: skip
        said = partial(
            sources.with_room_for, places="phone_places", sample_rate=context.sample_rate,
            hop_samples=settings.hop_samples,
        )  # fmt: skip
        speech = sources.speech(folder, context, data.batch_size, seed, said)
        dataset = sources.dataset_over(make, speech, batch_size=data.batch_size)
        return dataset, speech.whole, _notes(folder, dataset, speech)

    dataset, whole, notes = opened(data.train, context.seed)
    held_out: list[dict[str, Tensor]] = []
    if data.valid is not None:
        valid, _, more = opened(data.valid, HELD_OUT_SEED)
        notes += more
        items = min(context.validation_items, len(valid))
        held_out = fixed_batches(valid, items, valid.batch_size)
    arguments = {
        "local_features": settings.num_mels,
        "hop_samples": settings.hop_samples,
        "phones": names,
    }
    return TrainingData(
        dataset, dataset.batch_size, held_out, arguments,
        replace(settings, absolute_pitch=False).to_dict(), summary=summary_of(whole),
        notes=tuple(notes),
    )  # fmt: skip


def _transcribed(
    bank: Any, *, phones: dict[str, list[str]] | None, **options: Any
) -> TranscribedDataset:
    """The utterances of a bank; in shards each has its phones beside it."""
    if phones is None:
        phones = {
            name: str(said.get("phones") or "").split() for name, said in bank.facts().items()
        }
    return TranscribedDataset(bank, phones=phones, **options)


def _known_phones(folder: str) -> set[str]:
    if is_shards(folder):
        return set(ShardSet(folder).phone_names)
    return {phone for said in _phones_of(folder).values() for phone in said}


def _phones_of(folder: str) -> dict[str, list[str]]:
    phones = load_data_directory(folder).phones
    return {name: said.split() for name, said in (phones or {}).items()}


def _notes(folder: str, dataset: Any, speech: sources.Source) -> list[str]:
    if speech.size is not None:
        return sources.left_out(folder, speech, "without phones, or of more phones than frames,")
    left_out = dataset.left_out.items()
    return [f"{folder}: {count} utterances {why} are left out" for why, count in left_out if count]


def _check(data: TranscribedData) -> None:
    check_audio_data(data)
    for folder in (data.train, data.valid):
        if folder is None:
            continue
        if is_shards(folder):
            if not ShardSet(folder).phone_names:
                raise DataError(
                    f"{folder}: has no phones; run speechgen prepare phones on the data directory, "
                    "then write the shards"
                )
        elif not (Path(folder) / "phones").is_file():
            raise DataError(
                f"{folder}: has no phones; write them with: speechgen prepare phones {folder}"
            )


DATA = DataKind(TranscribedData, open_transcribed, _check)
