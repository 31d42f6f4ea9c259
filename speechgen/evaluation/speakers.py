"""How well a speaker encoder tells voices apart."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from speechgen.data import SpeakerVectors, load_data_directory
from speechgen.errors import AudioError, DataError
from speechgen.evaluation.provenance import make_context
from speechgen.evaluation.sources import sources_of_directory
from speechgen.evaluation.vectors import Encoder, embed
from speechgen.metrics import equal_error_rate
from speechgen.progress import track


def score_speakers(
    encoder: Encoder, data_dir: str | Path, *, model: str | Path | None = None
) -> dict[str, Any]:
    """Verification over all pairs of utterances of a data directory.

    Parameters
    ----------
    encoder
        Waves (batch, time) to vectors, with a ``sample_rate``.
    data_dir
        Data directory with two speakers or more.
    model
        The encoder's model directory, for the report.

    Returns
    -------
    dict
        ``mean``: EER in [0, 1], mean cosine within and between speakers, numbers of trials;
        ``files``: id to its mean cosines within and between; ``failed``; ``context``.

    Raises
    ------
    DataError
        There are no two speakers, or no speaker with two utterances.
    """
    started = time.monotonic()
    data = load_data_directory(data_dir, check_files=False)
    sources = sources_of_directory(data)
    vectors: dict[str, np.ndarray] = {}
    failed: dict[str, str] = {}
    for name in track(data.ids, "embedding"):
        try:
            vectors[name] = embed(encoder, sources[name].read(encoder.sample_rate))
        except AudioError as error:
            failed[name] = str(error)
    if not vectors:
        raise DataError(f"{data_dir}: no utterance could be read; see its wav.scp")
    names = tuple(vectors)
    table = SpeakerVectors(
        names, tuple(data.speakers[name] for name in names), np.stack(list(vectors.values()))
    )
    return {
        **verification(table, where=str(data_dir)),
        "failed": failed,
        "context": make_context(
            "speakers",
            data=data_dir,
            estimator="all pairs of utterances, cosine",
            started=started,
            system="speaker encoder",
            model=model,
        ),
    }


def verification(vectors: SpeakerVectors, *, where: str = "") -> dict[str, Any]:
    """``mean`` and ``files`` of :func:`score_speakers`, from vectors."""
    unit = vectors.vectors / np.linalg.norm(vectors.vectors, axis=1, keepdims=True)
    scores = (unit @ unit.T).astype(np.float64)
    speakers = np.array(vectors.speakers)
    same = speakers[:, None] == speakers
    pair = np.triu(np.ones_like(same), 1).astype(bool)
    targets, impostors = scores[pair & same], scores[pair & ~same]
    if not len(targets) or not len(impostors):
        raise DataError(f"{where}: verification needs two speakers and two utterances of one")
    itself = np.eye(len(speakers), dtype=bool)
    files = {}
    for row, name in enumerate(vectors.ids):
        kinds = {"within": same[row] & ~itself[row], "between": ~same[row]}
        files[name] = {kind: float(scores[row][m].mean()) for kind, m in kinds.items() if m.any()}
    return {
        "mean": {
            "EER": equal_error_rate(targets, impostors),
            "cosine within": float(targets.mean()),
            "cosine between": float(impostors.mean()),
            "target trials": len(targets),
            "impostor trials": len(impostors),
        },
        "files": files,
    }
