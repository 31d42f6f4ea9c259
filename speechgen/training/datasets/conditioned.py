"""Speech with local features and speaker vectors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from torch import Tensor

from speechgen.errors import ConfigError
from speechgen.features import FeatureSettings
from speechgen.training.datasets import sources
from speechgen.training.datasets.audio_folders import check_audio_data, summary_of
from speechgen.training.datasets.speaker_heights import f0_of_speakers
from speechgen.training.datasets.training_data import (
    HELD_OUT_SEED,
    DataContext,
    DataKind,
    TrainingData,
)
from speechgen.training.loop.loader import fixed_batches
from speechgen.training.settings import PathText

_MOST_THROATS = 32  # each is kept on disk


@dataclass(frozen=True)
class ConditionedData:
    """Speech with local features (``features`` null for none) and speaker vectors (null for none).

    ``speaker_balance`` 0 draws speakers in proportion to their speech, 1 all equally often.
    ``valid_speaker_vectors`` null means the held-out vectors are in ``speaker_vectors`` too.
    ``content_from`` is the model directory or the name of a converter, or of a recogniser: a
    WaveNet then gets what that hears in the features, with loudness and absolute pitch. Beside
    each utterance as it is, it hears it as if of ``throats`` others, so that less of who says it
    is left.
    """

    train: PathText
    kind: str = "conditioned"
    valid: PathText | None = None
    features: dict[str, Any] | None = None
    speaker_vectors: PathText | None = None
    valid_speaker_vectors: PathText | None = None
    crop_seconds: float = 0.5
    batch_size: int = 8
    speaker_balance: float = 0.0
    content_from: PathText | None = None
    throats: int = 2
    cache_dir: PathText | None = None


def open_conditioned(data: ConditionedData, context: DataContext) -> TrainingData:
    """Waves with local features and the vector of another utterance of the same voice."""
    from speechgen.data.datasets.conditioned_speech import ConditionedDataset
    from speechgen.data.datasets.speaker_vectors import load_vectors
    from speechgen.features.settings import SPEECH_LEVEL_DB
    from speechgen.training.datasets.heard_content import content_source, readings

    settings = None
    if data.features is not None:
        features = {"sample_rate": context.sample_rate} | data.features
        settings = FeatureSettings.from_dict(features)
        if settings.sample_rate != context.sample_rate:
            raise ConfigError(
                f"data.features.sample_rate is {settings.sample_rate}, "
                f"the model's {context.sample_rate}; they must be the same"
            )
    level_db = settings.wave_level_db if settings else None
    source, heard, heard_once = None, None, None
    if data.content_from is not None:
        source, level_db = content_source(data.content_from, settings), SPEECH_LEVEL_DB
        heard = partial(readings, source=source, throats=data.throats)
        heard_once = partial(readings, source=source, throats=0)
    hop = settings.hop_samples if settings else 1
    crop = max(1, round(data.crop_seconds * context.sample_rate / hop)) * hop
    options: dict[str, Any] = {"crop_samples": crop, "cache_dir": context.cache_dir}
    vectors = load_vectors(data.speaker_vectors) if data.speaker_vectors else None
    framed = partial(sources.longer_than_hop, sample_rate=context.sample_rate, hop_samples=hop)
    of_speech = partial(
        sources.speech, context=context, batch_size=data.batch_size, eligible=framed,
        level_db=level_db,
    )  # fmt: skip
    speech = of_speech(data.train, seed=context.seed)
    names = speech.whole.speaker_names
    make = partial(
        ConditionedDataset, settings=settings, speaker_vectors=vectors, seed=context.seed,
        speaker_balance=data.speaker_balance, derive=heard, speaker_names=names, **options,
    )  # fmt: skip
    dataset = sources.dataset_over(make, speech, batch_size=data.batch_size)
    held_out: list[dict[str, Tensor]] = []
    if data.valid is not None:
        others = load_vectors(data.valid_speaker_vectors) if data.valid_speaker_vectors else vectors
        make = partial(
            ConditionedDataset, settings=settings, speaker_vectors=others, seed=HELD_OUT_SEED,
            speaker_names=names, derive=heard_once, **options,
        )  # fmt: skip
        valid = sources.dataset_over(
            make, of_speech(data.valid, seed=HELD_OUT_SEED), batch_size=data.batch_size
        )
        held_out = fixed_batches(valid, context.validation_items, data.batch_size)
    arguments: dict[str, Any] = {}
    if settings is not None:
        arguments |= {"local_features": settings.num_features, "hop_samples": settings.hop_samples}
    if source is not None:
        arguments["recogniser"] = source.arguments
    table = None
    if vectors is not None:
        arguments |= {"speaker_features": vectors.num_features, "speakers": names}
        if settings is not None and settings.absolute_pitch:
            arguments["speaker_f0_hz"] = f0_of_speakers(speech.whole, settings, data.cache_dir)
        table = np.stack([vectors.mean_of(name) for name in names])
    return TrainingData(
        dataset, data.batch_size, held_out, arguments, settings.to_dict() if settings else {},
        names, table, recogniser=None if source is None else source.recogniser,
        summary=summary_of(speech.whole),
        notes=(sources.NO_BALANCE,) if speech.size and data.speaker_balance else (),
    )  # fmt: skip


def _check(data: ConditionedData) -> None:
    check_audio_data(data)
    if not 0 <= data.throats <= _MOST_THROATS:
        raise ConfigError(f"data.throats: must be 0 to {_MOST_THROATS}, not {data.throats}")


DATA = DataKind(ConditionedData, open_conditioned, _check)
