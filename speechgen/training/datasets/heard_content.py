"""What a recogniser hears in utterances, as the local conditions of a WaveNet."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch

from speechgen.data.datasets.derived_frames import DerivedFrames, derived_frames
from speechgen.data.datasets.feature_cache import FrameBank
from speechgen.data.datasets.on_demand import FramesOnDemand
from speechgen.errors import ConfigError
from speechgen.features import FeatureSettings
from speechgen.features.phonetic_rows import BESIDE_CONTENT, phonetic_rows
from speechgen.store.content_source import ContentSource


def content_source(reference: str, settings: FeatureSettings | None) -> ContentSource:
    """The recogniser behind ``reference``; :class:`ConfigError` where it needs other features."""
    if settings is None:
        raise ConfigError("data.content_from: needs data.features of kind mel")
    try:
        source = ContentSource(reference)
        source.check(settings)
        if not settings.absolute_pitch:
            raise ConfigError("the features need absolute_pitch: true")
    except ConfigError as error:
        raise ConfigError(f"data.content_from: {error}") from error
    return source


def readings(
    frames: FrameBank | FramesOnDemand, *, source: ContentSource, throats: int
) -> list[DerivedFrames | FramesOnDemand]:
    """Content, loudness and melody of every utterance, one or more times.

    Parameters
    ----------
    frames
        Mels with absolute pitch.
    source
        What hears them: each utterance first as it is, then as if of ``throats`` others. Loudness
        and melody are its own in all of them.
    """
    return [
        derived_frames(
            frames,
            source.recogniser.content_features + BESIDE_CONTENT,
            partial(_rows, source=source, throat=throat),
            key=f"{source.key} {throat} with loudness and melody",
            label=f"content, {throat + 1} of {throats + 1}",
        )
        for throat in range(throats + 1)
    ]


def _rows(features: np.ndarray, *, source: ContentSource, throat: int) -> np.ndarray:
    """(feature, frame) -> (row, frame)."""
    content, local = (torch.from_numpy(x)[None] for x in (source(features, throat), features))
    rows: np.ndarray = phonetic_rows(content, local)[0].numpy()
    return rows
