"""How loud a recording was before and after, without knowing what in it was speech.

Frames of 20 ms are sorted by their level before, in steps of one dB. The quietest fifth of those
that hold any sound counts as noise, the loudest fifth as speech over that noise. A histogram is all
that is kept, so a recording may be of any length.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from speechgen.enhancement.core.sample_queue import SampleQueue

_FRAME_SECONDS = 0.02
_LOWEST_DB, _HIGHEST_DB = -120, 20
_SOUND_DB = -100  # frames below are digital silence and say nothing of the noise
_SHARE = 0.2  # of the frames, for the noise and for the speech
_AUDIBLE = 4.0  # energy of loud frames over quiet ones from which there is something over noise
_SILENT_DB, _SILENT_LOSS_DB = -60.0, 20.0
_SPEECH_LOSS_DB = 6.0
_TINY = 1e-12


class Meter:
    """Compares a signal before and after, block by block.

    Parameters
    ----------
    sample_rate
        In Hz.
    channels
        Of both; frames are averaged over them.
    """

    def __init__(self, sample_rate: int, channels: int) -> None:
        self.sample_rate, self.channels = sample_rate, channels
        self.num_samples = self.clipped_samples = 0
        self._frame = max(1, round(_FRAME_SECONDS * sample_rate))
        self._queue = SampleQueue(2 * channels)
        # by level before: how many frames, their energy before and after
        self._table = np.zeros((3, _HIGHEST_DB - _LOWEST_DB + 1))

    def process(self, before: np.ndarray, after: np.ndarray) -> None:
        """Take the next (channel, time) of both, sample by sample alike."""
        self.num_samples += before.shape[1]
        self.clipped_samples += int(np.count_nonzero(np.abs(after) > 1.0))
        self._queue.push(np.concatenate([before, after]))
        count = len(self._queue) // self._frame
        whole = self._queue.take(count * self._frame)
        self._add(whole.reshape(2, self.channels, count, self._frame))

    def _add(self, frames: np.ndarray) -> None:
        """Enter (before and after, channel, frame, time) into the table; an offset is no sound."""
        if not frames.size:
            return
        before, after = frames.astype(np.float64).var(axis=-1).mean(axis=1)
        level = np.rint(10 * np.log10(before + _TINY)).astype(int)
        place = np.clip(level, _LOWEST_DB, _HIGHEST_DB) - _LOWEST_DB
        size = self._table.shape[1]
        for row, weights in zip(self._table, (None, before, after), strict=True):
            row += np.bincount(place, weights, size)

    def result(self) -> dict[str, Any]:
        """Numbers in dB (None where nothing can be said) and warnings, in words.

        ``noise_reduction_db`` is by how much the noise fell, ``speech_change_db`` by how much what
        stands out of it rose (negative: fell); ``clipped_samples`` are beyond full scale.
        """
        if len(self._queue):  # what is shorter than a frame
            rest = self._queue.take(self._frame)
            self._add(rest.reshape(2, self.channels, 1, -1))
        sound = self._table[:, _SOUND_DB - _LOWEST_DB :]
        numbers: dict[str, Any] = {
            "level_before_db": _decibels(self._mean(self._table)[0]),
            "level_after_db": _decibels(self._mean(self._table)[1]),
            "noise_reduction_db": None,
            "speech_change_db": None,
            "clipped_samples": self.clipped_samples,
        }
        if sound[0].sum():
            quiet, loud = self._quietest(sound), self._quietest(sound[:, ::-1])
            numbers["noise_reduction_db"] = _decibels(quiet[0]) - _decibels(quiet[1])
            if loud[0] > _AUDIBLE * quiet[0]:
                change = _decibels(loud[1] - quiet[1]) - _decibels(loud[0] - quiet[0])
                numbers["speech_change_db"] = change
        numbers = {k: round(v, 2) if isinstance(v, float) else v for k, v in numbers.items()}
        return {**numbers, "warnings": _warnings(numbers)}

    def _mean(self, table: np.ndarray) -> tuple[float, float]:
        """Energy of a frame before and after, over a part of the table."""
        count, before, after = table.sum(axis=1)
        return before / max(count, 1.0), after / max(count, 1.0)

    def _quietest(self, table: np.ndarray) -> tuple[float, float]:
        """:meth:`_mean` of the first bins that hold a fifth of the frames."""
        reached = np.searchsorted(table[0].cumsum(), _SHARE * table[0].sum())
        return self._mean(table[:, : int(reached) + 1])


def _decibels(energy: float) -> float:
    return float(10 * np.log10(max(energy, _TINY)))


def _warnings(numbers: dict[str, Any]) -> list[str]:
    found = []
    before, after = numbers["level_before_db"], numbers["level_after_db"]
    if after < _SILENT_DB and after < before - _SILENT_LOSS_DB:
        found.append(f"the output is nearly silent ({after:.0f} dB, the input {before:.0f} dB)")
    change = numbers["speech_change_db"]
    if change is not None and change < -_SPEECH_LOSS_DB:
        found.append(f"the loud parts fell by {-change:.0f} dB: speech may have been removed")
    if numbers["clipped_samples"]:
        found.append(f"{numbers['clipped_samples']} samples are beyond full scale")
    return found
