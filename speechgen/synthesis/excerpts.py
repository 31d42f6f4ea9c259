"""Speaker vectors of excerpts, for speakers of whom there is one utterance only."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping

import numpy as np

from speechgen.data.datasets.speaker_vectors import Excerpts
from speechgen.errors import NoVoiceError
from speechgen.progress import track

SHORTEST_SECONDS = 2.0  # of an excerpt
MOST = 4  # of an utterance


def embed_excerpts(
    waves: Mapping[str, Callable[[], np.ndarray]],
    embed: Callable[[np.ndarray], np.ndarray],
    sample_rate: int,
) -> Excerpts | None:
    """Vectors of up to four equal stretches of each utterance, each of 2 s at least.

    Parameters
    ----------
    waves
        Utterance id to a function that reads it: (time,) at ``sample_rate``.
    embed
        Wave to its vector (feature,); :class:`NoVoiceError` leaves an excerpt out.

    Returns
    -------
    Excerpts or None
        None where no utterance is long enough for two.
    """
    ids: list[str] = []
    spans: list[tuple[float, float]] = []
    vectors: list[np.ndarray] = []
    for name, read in track(waves.items(), "embedding excerpts"):
        wave = read()
        count = min(MOST, int(len(wave) / (SHORTEST_SECONDS * sample_rate)))
        if count < 2:
            continue
        edges = [len(wave) * part // count for part in range(count + 1)]
        for begin, end in itertools.pairwise(edges):
            try:
                vectors.append(embed(wave[begin:end]))
            except NoVoiceError:
                continue
            ids.append(name)
            spans.append((begin / sample_rate, end / sample_rate))
    return Excerpts(tuple(ids), np.array(spans), np.stack(vectors)) if ids else None
