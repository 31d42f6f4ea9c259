"""What a live conversion knows of its source so far: offset, how loud and how high it speaks."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from speechgen.features.pitch_rows import hertz, is_voiced, shifted

_SPEECH_DB = 25.0  # below the loudest frame are pauses
_FORGETS_DB = 1.0  # in a second, of the loudest frame
_FAINTEST = 1e-7  # mean power that counts as speech
_LEVEL_SECONDS, _HEIGHT_SECONDS = 10.0, 20.0  # of speech that the means go back to
_MOST_GAIN_DB = 24.0
_DB_A_SECOND = 30.0  # as fast as the gain moves
_OFFSET_HZ = 5.0  # what is slower is no sound


class RunningOffset:
    """A wave less what in it does not change: a first-order high-pass, 3 dB down at 5 Hz.

    Parameters
    ----------
    sample_rate
        Hz.
    """

    def __init__(self, sample_rate: int) -> None:
        self._pole = math.exp(-2 * math.pi * _OFFSET_HZ / sample_rate)
        self._state: np.ndarray | None = None

    def push(self, wave: np.ndarray) -> np.ndarray:
        """The next samples (time,), one at least, as float32; the first of all becomes 0."""
        from scipy.signal import lfilter

        if self._state is None:
            self._state = -wave[:1].astype(np.float64)
        made, self._state = lfilter([1.0, -1.0], [1.0, -self._pole], wave, zi=self._state)
        return np.asarray(made, np.float32)


class RunningGain:
    """The gain that brings speech to one level, of what has come so far; it begins at 1.

    Parameters
    ----------
    level_db
        Wanted, in dB below full scale.
    frame_seconds
        Between frames.
    """

    def __init__(self, level_db: float, frame_seconds: float) -> None:
        self._wanted = level_db
        self._fades = 10 ** (-_FORGETS_DB / 10 * frame_seconds)
        self._most = round(_LEVEL_SECONDS / frame_seconds)
        self._step = _DB_A_SECOND * frame_seconds
        self._loudest = self._mean = self._gain_db = 0.0
        self._count = 0

    def after(self, power: float) -> float:
        """The gain at the next frame, whose mean power is ``power``."""
        self._loudest = max(self._loudest * self._fades, power)
        least = self._loudest * 10 ** (-_SPEECH_DB / 10)
        if power > max(least, _FAINTEST):
            if self._mean < least:  # that was noise before the speech
                self._count = 0
            self._count = min(self._count + 1, self._most)
            self._mean += (power - self._mean) / self._count
        if self._count:
            wanted = self._wanted - 10 * math.log10(self._mean)
            wanted = float(np.clip(wanted, -_MOST_GAIN_DB, _MOST_GAIN_DB))
            self._gain_db += float(np.clip(wanted - self._gain_db, -self._step, self._step))
        return 10 ** (self._gain_db / 20)


class RunningHeight:
    """A melody moved to a height, by the ratio of that to the geometric mean of the source's F0.

    Parameters
    ----------
    target_hz
        The mean F0 of the voice; None leaves the melody where it is.
    source_hz
        The mean F0 of the source; None for that of what has come so far.
    semitones
        By which it is moved on top.
    frame_seconds
        Between frames.
    """

    def __init__(
        self,
        target_hz: float | None,
        source_hz: float | None,
        semitones: float,
        frame_seconds: float,
    ) -> None:
        self._target = target_hz
        self._known = source_hz
        self._semitones = semitones
        self._most = round(_HEIGHT_SECONDS / frame_seconds)
        self._count, self._mean = 0, 0.0  # of voiced frames, of their log-F0

    def moved(self, rows: Tensor) -> Tensor:
        """The rows (2, frame) of :func:`speechgen.features.pitch_rows.pitch_rows`, moved."""
        if not rows.shape[1]:
            return rows
        return torch.cat([self._moved(frame) for frame in rows.split(1, dim=1)], dim=1)

    def _moved(self, frame: Tensor) -> Tensor:
        if bool(is_voiced(frame)):
            self._count = min(self._count + 1, self._most)
            self._mean += (math.log(hertz(frame).item()) - self._mean) / self._count
        factor = 2 ** (self._semitones / 12)
        source = self._known or (math.exp(self._mean) if self._count else None)
        if self._target is not None and source is not None:
            factor *= self._target / source
        return shifted(frame, factor)
