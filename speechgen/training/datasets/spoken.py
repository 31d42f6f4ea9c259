"""Utterances with symbols, the content that a recogniser hears in them, and speaker vectors."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from speechgen.data.datasets.derived_frames import DerivedFrames
from speechgen.data.datasets.feature_cache import FrameBank
from speechgen.data.datasets.speaker_vectors import load_vectors
from speechgen.data.datasets.spoken_text import SpokenTextDataset
from speechgen.data.kaldi.symbols import FILE, read_symbols
from speechgen.errors import ConfigError, DataError
from speechgen.features import FeatureSettings
from speechgen.store.content_source import ContentSource
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
class SpokenData:
    """Whole utterances, from data directories with ``symbols``.

    ``converter`` is the model directory or the name of a converter, or of a recogniser, whose
    content a text model learns. ``speaker_vectors`` hold those of the held-out utterances, too; a
    text model is told the first ``told_features`` numbers of each, or all.
    """

    train: PathText
    speaker_vectors: PathText
    kind: str = "spoken"
    valid: PathText | None = None
    told_features: int | None = None
    converter: PathText = "converter-small"
    features: dict[str, Any] = field(
        default_factory=lambda: {"kind": "mel", "absolute_pitch": True}
    )
    batch_size: int = 16
    cache_dir: PathText | None = None


def open_spoken(data: SpokenData, context: DataContext) -> TrainingData:
    """Utterances with symbols, in batches of like length."""
    settings = FeatureSettings.from_dict({"sample_rate": context.sample_rate} | data.features)
    if not settings.absolute_pitch:
        raise ConfigError("data.features: needs absolute_pitch: true")
    source = ContentSource(data.converter)
    recogniser = source.recogniser
    source.check(settings)
    vectors = load_vectors(data.speaker_vectors)
    told = vectors.num_features if data.told_features is None else data.told_features
    if not 1 <= told <= vectors.num_features:
        raise ConfigError(
            f"data.told_features must be in [1, {vectors.num_features}], the length of the speaker "
            f"vectors, not {told}"
        )

    def opened(folder: str, seed: int) -> tuple[SpokenTextDataset, list[str]]:
        bank = audio_bank(folder, context)
        frames = FrameBank(bank, settings, context.cache_dir)
        content = DerivedFrames(
            frames, recogniser.content_features, source, key=source.key, label="content"
        )
        dataset = SpokenTextDataset(
            bank, frames, content, read_symbols(folder), vectors,
            batch_size=data.batch_size, seed=seed,
        )  # fmt: skip
        left_out = dataset.left_out.items()
        return dataset, [f"{folder}: {n} utterances {why} are left out" for why, n in left_out if n]

    dataset, notes = opened(data.train, context.seed)
    held_out = []
    if data.valid is not None:
        valid, more = opened(data.valid, HELD_OUT_SEED)
        notes += more
        items = min(context.validation_items, len(valid))
        held_out = fixed_batches(valid, items, valid.batch_size)
    arguments = {
        "local_features": settings.num_features,
        "hop_samples": settings.hop_samples,
        "content_features": recogniser.content_features,
        "speaker_features": told,
    }
    return TrainingData(
        dataset, dataset.batch_size, held_out, arguments, settings.to_dict(),
        summary=summary_of(dataset.bank), notes=tuple(notes),
    )  # fmt: skip


def _check(data: SpokenData) -> None:
    check_audio_data(data)
    for folder in (data.train, data.valid):
        if folder is not None and not (Path(folder) / FILE).is_file():
            raise DataError(
                f"{folder}: has no symbols; write them with: speechgen prepare symbols {folder}"
            )


DATA = DataKind(SpokenData, open_spoken, _check)
