"""Speaker vectors of recordings, and whose vector an utterance gets when it is scored."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from speechgen.data import DataDirectory, SpeakerVectors
from speechgen.evaluation.sources import sources_of_directory
from speechgen.models.speaker.windows import Encoder, mean_direction, window_vectors
from speechgen.progress import track


def embed(encoder: Encoder, wave: np.ndarray) -> np.ndarray:
    """The unit vector of one waveform (time,) at the encoder's rate: (feature,) float32.

    It is the mean over windows, as ``speechgen embed`` gives it.
    """
    return mean_direction(window_vectors(encoder, wave))


def embed_directory(
    encoder: Encoder, data: DataDirectory, ids: Iterable[str] | None = None
) -> SpeakerVectors:
    """One vector for each utterance of a data directory, or for those of ``ids``."""
    sources = sources_of_directory(data)
    names = tuple(data.ids if ids is None else ids)
    vectors = [
        embed(encoder, sources[name].read(encoder.sample_rate))
        for name in track(names, "embedding")
    ]
    return SpeakerVectors(names, tuple(data.speakers[name] for name in names), np.stack(vectors))


def voice_without(vectors: SpeakerVectors, speaker: str, utterance: str) -> np.ndarray:
    """The mean vector of a speaker's utterances other than ``utterance``, scaled to unit length.

    Leaving the utterance itself out keeps its words from leaking through its vector. If it is all
    there is of the speaker, its own vector is given.
    """
    rows = vectors.rows_of(speaker)
    others = [row for row in rows if vectors.ids[row] != utterance]
    return mean_direction(vectors.vectors[others or rows])
