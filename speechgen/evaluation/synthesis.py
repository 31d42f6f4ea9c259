"""How near synthesised speech comes to the recordings it imitates.

Files are called ``UTTERANCE__as__SPEAKER.wav``: the utterance gave the content, the speaker the
voice. Distortion and F0 error are measured where the voice is the utterance's own, for only then
is there a recording to compare with; speaker similarity is measured for every file.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from speechgen.data import DataDirectory, SpeakerVectors, load_data_directory
from speechgen.errors import ConfigError, DataError, SpeechgenError
from speechgen.evaluation.provenance import make_context
from speechgen.evaluation.sources import Source, sources_by_id, sources_of_directory
from speechgen.evaluation.summary import mean_of
from speechgen.evaluation.timing import timing_of
from speechgen.evaluation.vectors import Encoder, embed, embed_directory, voice_without
from speechgen.features import f0, mel_cepstra, pyin_f0
from speechgen.metrics import (
    SYNTHESIS_METRICS,
    active_frames,
    cepstral_distortion,
    cosine,
    f0_error,
    mel_cepstral_distortion,
)
from speechgen.metrics.synthesis import Tracker
from speechgen.progress import track

SAMPLE_RATE = 16000
SEPARATOR = "__as__"
TRACKERS: dict[str, Tracker] = {"yin": f0, "pyin": pyin_f0}
_LONGEST_EXCESS_SECONDS = 0.05
_SILENCE_RMS = 1e-4


@dataclass(frozen=True)
class _References:
    sources: dict[str, Source]
    speakers: dict[str, str]
    encoder: Encoder | None
    vectors: SpeakerVectors | None
    tracker: Tracker


def score_synthesis(
    reference: str | Path,
    estimate: str | Path,
    encoder: Encoder | None = None,
    *,
    pitch: str = "yin",
    system: str = "",
    model: str | Path | None = None,
) -> dict[str, Any]:
    """MCD, F0 error and speaker similarity of synthesised files.

    Parameters
    ----------
    reference
        Data directory of the recordings, of every voice that was asked for.
    estimate
        Folder of ``UTTERANCE__as__SPEAKER.wav``; a file named by the utterance alone is taken to
        be in its own voice.
    encoder
        Speaker encoder for the similarity; None leaves it out.
    pitch
        What finds F0 and voicing: "yin", or "pyin", its reference, which takes forty times as long.
    system, model
        Name and model directory of the synthesiser, for the report.

    Returns
    -------
    dict
        ``mean``, ``files``, ``failed`` and ``context``, with the metrics MCD (dB), F0 RMSE
        (cents), voicing error and speaker similarity (cosine with the mean vector of the wanted
        speaker's recordings, the utterance itself left out).

    Raises
    ------
    SpeechgenError
        A folder is missing, no file belongs to an utterance, or ``pitch`` is unknown.
    """
    if pitch not in TRACKERS:
        raise ConfigError(f"pitch {pitch!r}: needs one of {', '.join(TRACKERS)}")
    started = time.monotonic()
    data = load_data_directory(reference, check_files=False)
    estimates = sources_by_id(estimate)
    wanted = {name: _parse(name, data) for name in estimates}
    if not any(wanted.values()):
        raise DataError(
            f"{estimate}: no file is called after an utterance of {reference};"
            f" names are UTTERANCE{SEPARATOR}SPEAKER.wav"
        )
    vectors = None if encoder is None else _vectors_of_voices(encoder, data, wanted)
    references = _References(
        sources_of_directory(data), data.speakers, encoder, vectors, TRACKERS[pitch]
    )
    files: dict[str, dict[str, float]] = {}
    failed: dict[str, str] = {}
    for name in track(estimates, "scoring"):
        target = wanted[name]
        if target is None:
            failed[name] = "is called after no utterance and speaker of the reference"
            continue
        try:
            files[name] = _score_file(references, estimates[name], *target)
        except (SpeechgenError, ValueError) as error:
            failed[name] = str(error)
    own = sum(scores.get("MCD") is not None for scores in files.values())
    return {
        "mean": mean_of(files, SYNTHESIS_METRICS),
        "files": files,
        "failed": failed,
        "context": make_context(
            "synthesis",
            data=reference,
            estimator=f"mean over {len(files)} files, {own} of them in the recording's voice"
            + (", F0 by pYIN" if pitch == "pyin" else ""),
            started=started,
            system=system or Path(estimate).name,
            model=model,
            **timing_of(estimate),
        ),
    }


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


def _parse(name: str, data: DataDirectory) -> tuple[str, str] | None:
    """Utterance and speaker that an estimate's name asks for; None if there are no such."""
    utterance, _, speaker = name.partition(SEPARATOR)
    if utterance not in data.speakers:
        return None
    speaker = speaker or data.speakers[utterance]
    return (utterance, speaker) if speaker in data.speaker_names else None


def _vectors_of_voices(
    encoder: Encoder, data: DataDirectory, wanted: dict[str, tuple[str, str] | None]
) -> SpeakerVectors:
    voices = {target[1] for target in wanted.values() if target}
    return embed_directory(encoder, data, [n for n in data.ids if data.speakers[n] in voices])


def _score_file(
    references: _References, estimate: Source, utterance: str, speaker: str
) -> dict[str, float]:
    wave = estimate.read(SAMPLE_RATE)
    if np.sqrt(np.mean(np.square(wave, dtype=np.float64))) < _SILENCE_RMS:
        raise ValueError("silent: below -80 dB")
    scores: dict[str, float] = {}
    if references.speakers[utterance] == speaker:
        recording = references.sources[utterance].read(SAMPLE_RATE)
        excess = (len(wave) - len(recording)) / SAMPLE_RATE
        if abs(excess) > _LONGEST_EXCESS_SECONDS:
            raise ValueError(f"{excess:+.3f} s longer than the recording; timing must agree")
        length = min(len(wave), len(recording))
        pair = (recording[:length], wave[:length], SAMPLE_RATE)
        scores = {
            "MCD": mel_cepstral_distortion(*pair),
            **f0_error(*pair, tracker=references.tracker),
        }
    if references.encoder is not None and references.vectors is not None:
        target = voice_without(references.vectors, speaker, utterance)
        at_rate = estimate.read(references.encoder.sample_rate)
        similarity = cosine(embed(references.encoder, at_rate), target)
        scores["speaker similarity"] = float(similarity)
    return scores
