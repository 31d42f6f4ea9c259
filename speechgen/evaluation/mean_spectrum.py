"""What a constant scores that is the mean spectrum of the voice: a baseline of synthesis."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from speechgen.data import DataDirectory, load_data_directory
from speechgen.errors import DataError, SpeechgenError
from speechgen.evaluation.provenance import make_context
from speechgen.evaluation.sources import sources_of_directory
from speechgen.evaluation.summary import mean_of
from speechgen.features import mel_cepstra
from speechgen.metrics import active_frames, cepstral_distortion
from speechgen.progress import track

SAMPLE_RATE = 16000


def score_mean_spectrum(
    reference: str | Path, training: str | Path, *, ids: list[str] | None = None
) -> dict[str, Any]:
    """MCD of a constant: the mean mel-cepstrum over the training recordings.

    The mean is over active frames, of the speaker where the training data has that speaker and of
    all speakers otherwise. It is what a model scores that has learned the voice's mean and nothing
    of the words.

    Parameters
    ----------
    reference
        Data directory of the recordings.
    training
        Data directory the means are taken from.
    ids
        Utterances of the reference to score; None for all.

    Returns
    -------
    dict
        ``mean``, ``files``, ``failed`` and ``context``; the metric is MCD.
    """
    started = time.monotonic()
    means, overall = _mean_cepstra(load_data_directory(training, check_files=False))
    data = load_data_directory(reference, check_files=False)
    sources = sources_of_directory(data)
    files: dict[str, dict[str, float]] = {}
    failed: dict[str, str] = {}
    for name in track(data.ids if ids is None else ids, "mean spectrum"):
        try:
            wave = sources[name].read(SAMPLE_RATE)
            constant = means.get(data.speakers[name], overall)
            cepstra, active = mel_cepstra(wave, SAMPLE_RATE), active_frames(wave, SAMPLE_RATE)
            files[name] = {"MCD": cepstral_distortion(cepstra, constant, active)}
        except (SpeechgenError, ValueError) as error:
            failed[name] = str(error)
    return {
        "mean": mean_of(files, ["MCD"]),
        "files": files,
        "failed": failed,
        "context": make_context(
            "synthesis",
            data=reference,
            estimator=f"constant mean mel-cepstrum, mean over {len(files)} files",
            started=started,
            system="mean spectrum",
        ),
    }


def _mean_cepstra(data: DataDirectory) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Mean mel-cepstrum (25,) of each speaker's active frames, and of everybody's."""
    sums: dict[str, np.ndarray] = {}
    counts: dict[str, int] = {}
    sources = sources_of_directory(data)
    for name in track(data.ids, "mean spectrum, training"):
        wave = sources[name].read(SAMPLE_RATE)
        active = active_frames(wave, SAMPLE_RATE)
        speaker = data.speakers[name]
        sums[speaker] = sums.get(speaker, 0.0) + mel_cepstra(wave, SAMPLE_RATE)[active].sum(axis=0)
        counts[speaker] = counts.get(speaker, 0) + int(active.sum())
    heard = {speaker: total for speaker, total in sums.items() if counts[speaker]}
    if not heard:
        raise DataError(f"{data.path}: holds no sound to take a mean spectrum of")
    means = {speaker: total / counts[speaker] for speaker, total in heard.items()}
    return means, np.sum(list(heard.values()), axis=0) / sum(counts.values())
