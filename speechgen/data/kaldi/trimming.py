"""Silence at both ends of utterances left out, by segments; no sound is written anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from speechgen.data.augment.mix_pairs import read_utterance
from speechgen.data.kaldi.directory import DataDirectory, Segment
from speechgen.data.kaldi.reading import load_data_directory
from speechgen.data.kaldi.writing import copy_data_directory
from speechgen.errors import DataError

_FRAME_SECONDS = 0.032
_HOP_SECONDS = 0.008


def trim_data(
    data_dir: str | Path, out: str | Path, *, top_db: float = 40.0, margin_seconds: float = 0.1
) -> DataDirectory:
    """Describe the utterances of ``data_dir`` without the silence before and after them.

    Parameters
    ----------
    data_dir, out
        Data directories; that of ``out`` names the same sound files and has ``segments``.
    top_db
        Frames this far below the loudest one of an utterance are silence.
    margin_seconds
        Kept at both ends, as far as there is sound.

    Raises
    ------
    DataError
        The directory is bad, or the options are out of range.
    """
    if top_db <= 0 or margin_seconds < 0:
        raise DataError(
            f"trimming at {top_db} dB with a margin of {margin_seconds} s; give a level above 0 "
            "and a margin of 0 or more"
        )
    data = load_data_directory(data_dir)
    segments, durations = {}, {}
    for name in data.ids:
        wave, sample_rate = read_utterance(data, name)
        start, end = speech_bounds(wave, sample_rate, top_db=top_db, margin_seconds=margin_seconds)
        old = (data.segments or {}).get(name, Segment(name, 0.0, 0.0))
        begin = old.start_seconds
        segments[name] = Segment(old.recording, begin + start, begin + end)
        durations[name] = end - start
    return copy_data_directory(replace(data, segments=segments, durations=durations), out)


def speech_bounds(
    wave: np.ndarray, sample_rate: int, *, top_db: float = 40.0, margin_seconds: float = 0.1
) -> tuple[float, float]:
    """From when to when (seconds) a (time,) wave is not silent; all of it where nothing is loud.

    Frames of 32 ms are compared with the loudest, by :func:`librosa.effects.trim`.
    """
    import librosa

    frame = min(round(_FRAME_SECONDS * sample_rate), max(len(wave), 1))
    hop = max(1, round(_HOP_SECONDS * sample_rate))
    _, (first, last) = librosa.effects.trim(wave, top_db=top_db, frame_length=frame, hop_length=hop)
    duration = len(wave) / sample_rate
    if first >= last:
        return 0.0, duration
    start = max(float(first) / sample_rate - margin_seconds, 0.0)
    return start, min(float(last) / sample_rate + margin_seconds, duration)
