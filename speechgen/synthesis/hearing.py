"""A voice as a speaker encoder hears it: of one recording, or of all there are of somebody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from speechgen.audio import as_mono, find_audio, read_mono, without_offset
from speechgen.errors import AudioError
from speechgen.features import active_seconds, check_voice
from speechgen.models.speaker.windows import mean_direction, window_vectors
from speechgen.progress import track

PIECE_SECONDS = 2.0  # windows that are compared


@dataclass(frozen=True)
class Heard:
    """What was heard of a voice.

    Attributes
    ----------
    vector
        (feature,) float32, of unit length: the mean over windows of 6 s, of several recordings the
        mean of theirs.
    pieces
        (window, feature) the vectors of windows of 2 s.
    seconds
        Of speech.
    """

    vector: np.ndarray
    pieces: np.ndarray
    seconds: float

    @property
    def agreement(self) -> float:
        """Mean cosine between the vectors of windows of 2 s and their mean; NaN of a single one."""
        if len(self.pieces) == 1:
            return float("nan")
        return float((self.pieces @ mean_direction(self.pieces)).mean())


def hear(wave: Any, encoder: nn.Module, name: str = "the recording") -> Heard:
    """Hear a waveform (time,) at the encoder's sample rate; raises what :func:`embed_wave` does."""
    wave = without_offset(as_mono(wave, name))
    vector = embed_wave(wave, encoder, name)
    listen: Any = encoder
    pieces = window_vectors(listen, wave, window_seconds=PIECE_SECONDS)
    return Heard(vector, pieces, active_seconds(wave, rate_of(encoder)))


def together(heard: Sequence[Heard]) -> Heard:
    """Several recordings of one voice."""
    if len(heard) == 1:
        return heard[0]
    return Heard(
        mean_direction(np.stack([one.vector for one in heard])),
        np.concatenate([one.pieces for one in heard]),
        sum(one.seconds for one in heard),
    )


def embed_wave(wave: Any, encoder: nn.Module, name: str = "the recording") -> np.ndarray:
    """Speaker vector (feature,) float32 of a waveform (time,) at the encoder's sample rate.

    An offset of the wave does not count.

    Raises
    ------
    AudioError
        There is no voice in it (:func:`speechgen.features.check_voice`), or it is no waveform.
    """
    wave = without_offset(as_mono(wave, name))
    check_voice(wave, rate_of(encoder), name)
    listen: Any = encoder
    windows = window_vectors(listen, wave)
    if not np.isfinite(windows).all():
        raise AudioError(f"{name}: the speaker encoder gave NaN or infinity")
    return mean_direction(windows)


def hear_files(files: Sequence[Path], encoder: nn.Module) -> Heard:
    """Hear the one voice of some recordings.

    Raises
    ------
    AudioError
        A file cannot be read or holds no voice.
    """
    rate = rate_of(encoder)
    shown = track(files, "embedding") if len(files) > 1 else files
    return together([hear(read_mono(file, rate), encoder, str(file)) for file in shown])


def recordings_of(path: Path) -> list[Path]:
    """The file itself, or the sound files in a folder, of which there must be one (AudioError)."""
    if not path.is_dir():
        return [path]
    files = find_audio(path)
    if not files:
        raise AudioError(f"{path}: holds no sound files; give a folder of recordings of one voice")
    return files


def rate_of(encoder: nn.Module) -> int:
    """The sample rate (Hz) that an encoder expects."""
    rate = encoder.sample_rate
    assert isinstance(rate, int)
    return rate
