"""How near synthesised speech comes to the recordings it imitates.

Files are called ``UTTERANCE__as__SPEAKER.wav``: the utterance gave the content, the speaker the
voice. Distortion and F0 error are measured where the voice is the utterance's own, for only then
is there a recording to compare with; speaker similarity is measured for every file. The recordings
themselves, given as what is scored, make the row that the others are read beside.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from speechgen.data import DataDirectory, SpeakerVectors, load_data_directory
from speechgen.errors import ConfigError, DataError, SpeechgenError
from speechgen.evaluation.listening import (
    count_word_errors,
    listening_means,
    rate_naturalness,
)
from speechgen.evaluation.provenance import make_context
from speechgen.evaluation.sources import Source, sources_by_id, sources_of_directory
from speechgen.evaluation.summary import mean_of, median_of
from speechgen.evaluation.timing import is_said, timing_of
from speechgen.evaluation.vectors import Encoder, embed, embed_directory, voice_without
from speechgen.features.reference_pitch import TRACKERS
from speechgen.metrics import (
    METRICS,
    SYNTHESIS_METRICS,
    cosine,
    f0_error,
    mel_cepstral_distortion,
    sptk_distortion,
)
from speechgen.metrics.listening import check_installed
from speechgen.progress import track
from speechgen.workers import map_in_processes

SAMPLE_RATE = 16000
SEPARATOR = "__as__"
_LONGEST_EXCESS_SECONDS = 0.05
_SILENCE_RMS = 1e-4
_HIGHEST_LOWEST_F0 = 100.0  # Hz; more would leave out voices


def score_synthesis(
    reference: str | Path,
    estimate: str | Path,
    encoder: Encoder | None = None,
    *,
    measures: Sequence[str] = (),
    pitch: str = "yin",
    lowest_f0_hz: float = 0.0,
    like: str | Path | None = None,
    jobs: int | None = None,
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
        be in its own voice. A data directory stands for its recordings.
    encoder
        Speaker encoder for the similarity; None leaves it out.
    measures
        Further ones, of the extra ``eval``: "dnsmos" (P.808), "wer" and "similarity" (to the voice,
        by Resemblyzer).
    pitch
        What finds F0 and voicing: "yin", or "pyin", its reference, which takes 25 times as long.
    lowest_f0_hz
        F0 below which a frame counts as unvoiced (:func:`speechgen.metrics.f0_error`).
    like
        Another such folder: only the utterances that it has are scored, so that recordings can be
        compared with copies of some of them.
    jobs
        Processes that compare with the recordings and recognise words; None or 0 takes one a core.
    system, model
        Name and model directory of the synthesiser, for the report.

    Returns
    -------
    dict
        ``mean``, ``files``, ``failed`` and ``context``, with the metrics MCD and SPTK MCD (dB), F0
        RMSE (cents), F0 correlation, voicing error and speaker similarity (cosine with the mean
        vector of the wanted speaker's recordings, the utterance itself left out). ``mean`` also
        has the median F0 RMSE over files, which octave errors in a few of them do not move. WER is
        that of all words of the set in ``mean``, and of the file in ``files``.

    Raises
    ------
    SpeechgenError
        A folder is missing, no file belongs to an utterance, ``pitch`` or a measure is unknown, or
        what a measure needs is missing: its package, or for "wer" the texts.
    """
    check_installed(measures)
    if pitch not in TRACKERS:
        raise ConfigError(f"pitch {pitch!r}: needs one of {', '.join(TRACKERS)}")
    if not 0.0 <= lowest_f0_hz <= _HIGHEST_LOWEST_F0:
        raise ConfigError(f"lowest F0 {lowest_f0_hz:g}: needs 0 to {_HIGHEST_LOWEST_F0:g} Hz")
    started = time.monotonic()
    data = load_data_directory(reference, check_files=False)
    estimates = sources_by_id(estimate)
    if "wer" in measures and data.texts is None:
        raise DataError(f"{reference}: has no file text, which the measure wer compares with")
    asked = {name: _parse(name, data) for name in estimates}
    wanted = {name: target for name, target in asked.items() if target is not None}
    if not wanted:
        raise DataError(
            f"{estimate}: no file is called after an utterance of {reference};"
            f" names are UTTERANCE{SEPARATOR}SPEAKER.wav"
        )
    if like is not None:
        chosen = {found[0] for name in sources_by_id(like) if (found := _parse(name, data))}
        if not chosen:
            raise DataError(f"{like}: no file is called after an utterance of {reference}")
        wanted = {name: target for name, target in wanted.items() if target[0] in chosen}
        if not wanted:
            raise DataError(f"{estimate}: has none of the utterances of {like}")
    nameless = [name for name, target in asked.items() if target is None]
    failed = dict.fromkeys(nameless, "is called after no utterance and speaker of the reference")
    recordings = sources_of_directory(data)
    said = is_said(estimate)
    tasks: dict[str, tuple] = {}
    for name, (utterance, speaker) in wanted.items():
        own = data.speakers[utterance] == speaker and not said
        tasks[name] = (recordings[utterance] if own else None, estimates[name], pitch, lowest_f0_hz)
    files: dict[str, dict[str, float]] = {}
    for name, scores in map_in_processes(_compare, tasks, jobs=jobs, label="scoring").items():
        if isinstance(scores, dict):
            files[name] = scores
        else:
            failed[name] = scores
    encoders = {} if encoder is None else {"speaker similarity": encoder}
    if "similarity" in measures:
        from speechgen.metrics.listening.voice import ResemblyzerEncoder

        encoders["Resemblyzer similarity"] = ResemblyzerEncoder()
    for metric, network in encoders.items():
        vectors = _vectors_of_voices(network, data, wanted)
        for name in track(list(files), "voices"):
            utterance, speaker = wanted[name]
            target = voice_without(vectors, speaker, utterance)
            try:
                vector = embed(network, estimates[name].read(network.sample_rate))
            except (SpeechgenError, ValueError) as error:
                del files[name]
                failed[name] = str(error)
                continue
            files[name][metric] = float(cosine(vector, target))
    heard = {name: estimates[name] for name in files}
    if "dnsmos" in measures:
        rate_naturalness(heard, files)
    if "wer" in measures:
        texts = {name: (data.texts or {}).get(wanted[name][0], "") for name in files}
        count_word_errors(heard, texts, files, jobs=jobs)
    own_voice = sum("MCD" in scores for scores in files.values())
    means = mean_of(files, SYNTHESIS_METRICS) | median_of(files, ["F0 RMSE"])
    means |= listening_means(files)
    return {
        "mean": {name: means[name] for name in METRICS if name in means},
        "files": files,
        "failed": dict(sorted(failed.items())),
        "context": make_context(
            "synthesis",
            data=reference,
            estimator=_estimator(len(files), own_voice, pitch, lowest_f0_hz, said=said),
            started=started,
            system=system or Path(estimate).name,
            model=model,
            **timing_of(estimate),
            **({"said": True} if said else {}),
        ),
    }


def _estimator(files: int, own_voice: int, pitch: str, lowest_f0_hz: float, *, said: bool) -> str:
    if said:
        return f"mean over {files} files, said from texts: no timing of recordings for MCD and F0"
    words = f"mean over {files} files, {own_voice} of them in the recording's voice"
    words += ", F0 by pYIN" if pitch == "pyin" else ""
    return words + (f", F0 of {lowest_f0_hz:g} Hz and more" if lowest_f0_hz else "")


def _parse(name: str, data: DataDirectory) -> tuple[str, str] | None:
    """Utterance and speaker that an estimate's name asks for; None if there are no such."""
    utterance, _, speaker = name.partition(SEPARATOR)
    if utterance not in data.speakers:
        return None
    speaker = speaker or data.speakers[utterance]
    return (utterance, speaker) if speaker in data.speaker_names else None


def _vectors_of_voices(
    encoder: Encoder, data: DataDirectory, wanted: dict[str, tuple[str, str]]
) -> SpeakerVectors:
    voices = {speaker for _, speaker in wanted.values()}
    return embed_directory(encoder, data, [n for n in data.ids if data.speakers[n] in voices])


def _compare(
    recording: Source | None, estimate: Source, pitch: str, lowest_f0_hz: float
) -> dict[str, float] | str:
    """What is measured against the recording, if there is one; or the reason why nothing is."""
    if multiprocessing.parent_process() is not None:
        _use_one_thread()
    try:
        wave = estimate.read(SAMPLE_RATE)
        if np.sqrt(np.mean(np.square(wave, dtype=np.float64))) < _SILENCE_RMS:
            return "silent: below -80 dB"
        if recording is None:
            return {}
        reference = recording.read(SAMPLE_RATE)
        excess = (len(wave) - len(reference)) / SAMPLE_RATE
        if abs(excess) > _LONGEST_EXCESS_SECONDS:
            return f"{excess:+.3f} s longer than the recording; timing must agree"
        length = min(len(wave), len(reference))
        pair = (reference[:length], wave[:length], SAMPLE_RATE)
        return {
            "MCD": mel_cepstral_distortion(*pair),
            "SPTK MCD": sptk_distortion(*pair),
            **f0_error(*pair, tracker=TRACKERS[pitch], lowest_f0_hz=lowest_f0_hz),
        }
    except (SpeechgenError, ValueError) as error:
        return str(error)


def _use_one_thread() -> None:
    """PyTorch's own threads do not live on in a process that was forked."""
    import torch

    torch.set_num_threads(1)
