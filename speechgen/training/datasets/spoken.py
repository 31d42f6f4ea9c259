"""Utterances with symbols, the content that a recogniser hears in them, and speaker vectors."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from speechgen.data.datasets.derived_frames import DerivedFrames
from speechgen.data.datasets.feature_cache import FrameBank
from speechgen.data.datasets.speaker_vectors import load_vectors
from speechgen.data.datasets.spoken_text import SpokenTextDataset
from speechgen.data.kaldi.symbols import FILE, read_symbols
from speechgen.errors import ConfigError, DataError
from speechgen.features import FeatureSettings
from speechgen.store import load_model, locate
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
    content a text model learns. ``speaker_vectors`` hold those of the held-out utterances, too.
    """

    train: PathText
    speaker_vectors: PathText
    kind: str = "spoken"
    valid: PathText | None = None
    converter: PathText = "converter-small"
    features: dict[str, Any] = field(
        default_factory=lambda: {"kind": "mel", "absolute_pitch": True}
    )
    batch_size: int = 16
    cache_dir: PathText | None = None


class ContentSource:
    """The recogniser of a converter, as what makes content of an utterance's features.

    Attributes
    ----------
    recogniser
        In evaluation mode.
    key
        A hash of its weights.
    """

    def __init__(self, reference: str) -> None:
        loaded = load_model(locate(reference))
        if loaded.config.name not in ("voice_converter", "phone_recogniser"):
            raise ConfigError(
                f"data.converter: {reference} is a {loaded.config.name}, neither a voice_converter "
                "nor a phone_recogniser"
            )
        self.recogniser: Any = getattr(loaded.model, "recogniser", loaded.model).eval()
        digest = hashlib.sha256()
        for name, weight in sorted(self.recogniser.state_dict().items()):
            digest.update(name.encode() + weight.numpy().tobytes())
        self.key = digest.hexdigest()

    @torch.inference_mode()
    def __call__(self, features: np.ndarray) -> np.ndarray:
        """(feature, frame), with the mel first, to content (content feature, frame)."""
        mel = torch.from_numpy(features[: self.recogniser.local_features])[None]
        content: np.ndarray = self.recogniser(mel)[1][0].numpy()
        return content


def open_spoken(data: SpokenData, context: DataContext) -> TrainingData:
    """Utterances with symbols, in batches of like length."""
    settings = FeatureSettings.from_dict({"sample_rate": context.sample_rate} | data.features)
    if settings.kind != "mel" or not settings.absolute_pitch:
        raise ConfigError("data.features: needs kind: mel and absolute_pitch: true")
    source = ContentSource(data.converter)
    recogniser = source.recogniser
    for name, value in (
        ("local_features", settings.num_mels),
        ("hop_samples", settings.hop_samples),
        ("sample_rate", settings.sample_rate),
    ):
        if getattr(recogniser, name) != value:
            raise ConfigError(
                f"data.features: {name} are {value}, the recogniser of {data.converter} needs "
                f"{getattr(recogniser, name)}"
            )
    vectors = load_vectors(data.speaker_vectors)

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
        valid, more = opened(data.valid, context.seed + HELD_OUT_SEED)
        notes += more
        items = min(context.validation_items, len(valid))
        held_out = fixed_batches(valid, items, valid.batch_size)
    arguments = {
        "local_features": settings.num_features,
        "hop_samples": settings.hop_samples,
        "content_features": recogniser.content_features,
        "speaker_features": vectors.num_features,
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
