"""How well a speaker encoder tells voices apart."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from speechgen.data import SpeakerVectors
from speechgen.errors import AudioError, DataError
from speechgen.evaluation.provenance import make_context
from speechgen.evaluation.sources import load_speech, sources_of_directory
from speechgen.evaluation.vectors import Encoder, embed
from speechgen.features.mel_statistics import mel_statistics
from speechgen.metrics import equal_error_rate, min_detection_cost
from speechgen.progress import track

#: what the names of the floor's numbers end with
OF_STATISTICS = " of mel statistics"


def score_speakers(
    encoder: Encoder, data_dir: str | Path, *, model: str | Path | None = None
) -> tuple[dict[str, Any], SpeakerVectors]:
    """Verification over all pairs of utterances, by cosine.

    Parameters
    ----------
    encoder
        Waves (batch, time) to vectors, with a ``sample_rate``.
    data_dir
        Data directory, or folder with a folder for each speaker; two speakers or more.
    model
        The encoder's model directory, for the report.

    Returns
    -------
    result : dict
        ``mean``: EER in [0, 1] and minDCF (:func:`speechgen.metrics.min_detection_cost`), both
        beside those of :func:`speechgen.features.mel_statistics.mel_statistics`, which nothing was
        learned for; mean cosine within and between speakers, numbers of trials; ``files``: id to
        its mean cosines within and between; ``failed``; ``context``.
    vectors : SpeakerVectors
        Of the utterances.

    Raises
    ------
    DataError
        There are no two speakers, or no speaker with two utterances.
    """
    started = time.monotonic()
    data = load_speech(data_dir)
    sources = sources_of_directory(data)
    vectors: dict[str, np.ndarray] = {}
    statistics: dict[str, np.ndarray] = {}
    failed: dict[str, str] = {}
    for name in track(data.ids, "embedding"):
        try:
            wave = sources[name].read(encoder.sample_rate)
            vectors[name] = embed(encoder, wave)
            statistics[name] = mel_statistics(wave, encoder.sample_rate)
        except AudioError as error:
            failed[name] = str(error)
    if not vectors:
        raise DataError(f"{data_dir}: no utterance could be read; see its wav.scp")
    learned, floor = (
        SpeakerVectors(
            tuple(rows),
            tuple(data.speakers[name] for name in rows),
            np.stack(list(rows.values())),
        )
        for rows in (vectors, statistics)
    )
    result = verification(learned, where=str(data_dir))
    lowest = verification(floor, where=str(data_dir))["mean"]
    scores = ("EER", "minDCF")
    result["mean"] = (
        {name: result["mean"][name] for name in scores}
        | {f"{name}{OF_STATISTICS}": lowest[name] for name in scores}
        | {name: value for name, value in result["mean"].items() if name not in scores}
    )
    context = make_context(
        "speakers",
        data=data_dir,
        estimator="all pairs of utterances, cosine; minDCF with a target prior of 0.01, costs of 1",
        started=started,
        system="speaker encoder",
        model=model,
    )
    return result | {"failed": failed, "context": context}, learned


def verification(vectors: SpeakerVectors, *, where: str = "") -> dict[str, Any]:
    """``mean``, without the floor, and ``files`` of :func:`score_speakers`, from vectors."""
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
            "minDCF": min_detection_cost(targets, impostors),
            "cosine within": float(targets.mean()),
            "cosine between": float(impostors.mean()),
            "target trials": len(targets),
            "impostor trials": len(impostors),
        },
        "files": files,
    }
