"""A gain for what a model cannot hear of a file, from what it does to the top of what it can."""

from __future__ import annotations

import numpy as np

from speechgen.enhancement.core.sample_queue import SampleQueue

_FRAME_SAMPLES = 512
_HOP_SAMPLES = 256
_BAND = (0.6, 0.9)  # of the highest frequency both rates have; above, resamplers have their slope
_NEIGHBOURS = 2  # frames either side over which energies are summed
_NEIGHBOURS_BEFORE = 1  # before alone, without looking ahead
_FLOOR = 1e-9  # energy below which a band counts as silent


class HighBandGain:
    """Gain of a model in the top of its band, frame by frame, from its input and its output.

    A frame's gain is the root of output energy over input energy between 0.6 and 0.9 of the lower
    of the two Nyquist frequencies, over five frames of 512 samples with hop 256, at most 1. Between
    the frames' centres it is interpolated linearly. Equal input and output give exactly 1.

    Without looking ahead a gain is of the two frames that have ended a hop before, so that it is
    known as soon as the samples are; it is then 40 ms late at 16 kHz.

    Parameters
    ----------
    channels
        Each has a gain of its own.
    rate_ratio
        Samples of the file for each sample of the model.
    look_ahead
        Whether gains are those of the frames around a moment, not those before it.
    """

    def __init__(self, channels: int, rate_ratio: float, *, look_ahead: bool = True) -> None:
        self._channels = channels
        self._left, self._right = (
            (_NEIGHBOURS, _NEIGHBOURS) if look_ahead else (_NEIGHBOURS_BEFORE, 0)
        )
        before = _FRAME_SAMPLES // 2 if look_ahead else _FRAME_SAMPLES + _HOP_SAMPLES
        self._frame_period = _HOP_SAMPLES * rate_ratio  # in samples of the file
        self._queue = SampleQueue(2 * channels)
        self._queue.push(np.zeros((2 * channels, before), np.float32))
        self._window = np.hanning(_FRAME_SAMPLES + 1)[:-1].astype(np.float32)
        shared = min(rate_ratio, 1.0) * (_FRAME_SAMPLES // 2)
        low, high = (int(edge * shared) for edge in _BAND)
        self._bins = slice(low, max(high, low + 1))
        self._energies = np.zeros((2 * channels, 0))
        self._first_frame = 0  # number of the first gain that is held
        self._gains = np.zeros((channels, 0))
        self._finished = False
        self._pending_left = 0  # frames in _energies that are kept only as left neighbours

    def process(self, noisy: np.ndarray, clean: np.ndarray, *, last: bool = False) -> None:
        """Take the model's next input and output, (channel, time) each, sample by sample alike."""
        self._queue.push(np.concatenate([noisy, clean]))
        if last:  # one more frame centre at or after the end
            self._queue.push(np.zeros((2 * self._channels, _FRAME_SAMPLES + _HOP_SAMPLES)))
        count = (len(self._queue) - _FRAME_SAMPLES) // _HOP_SAMPLES + 1
        if count > 0:
            signal = self._queue.peek(_FRAME_SAMPLES + (count - 1) * _HOP_SAMPLES)
            view = np.lib.stride_tricks.sliding_window_view(signal, _FRAME_SAMPLES, axis=1)
            spectra = np.fft.rfft(view[:, ::_HOP_SAMPLES] * self._window)[..., self._bins]
            energies = (spectra.real**2 + spectra.imag**2).mean(axis=-1)
            self._queue.take(count * _HOP_SAMPLES)
            self._energies = np.concatenate([self._energies, energies], axis=1)
        self._smooth(last)
        self._finished = last

    def _smooth(self, last: bool) -> None:
        """Turn energies whose neighbours are all known into gains."""
        ready = self._energies.shape[1] - self._pending_left - (0 if last else self._right)
        if ready <= 0:
            return
        padded = np.pad(
            self._energies,
            ((0, 0), (self._left - self._pending_left, self._right if last else 0)),
        )
        width = self._left + 1 + self._right
        sums = np.lib.stride_tricks.sliding_window_view(padded, width, axis=1).sum(axis=-1)
        before, after = sums[: self._channels] + _FLOOR, sums[self._channels :] + _FLOOR
        gains = np.sqrt(np.minimum(after / before, 1.0))
        self._gains = np.concatenate([self._gains, gains], axis=1)
        keep = min(self._left, self._pending_left + ready)
        self._energies = self._energies[:, self._pending_left + ready - keep :]
        self._pending_left = keep

    @property
    def ready_samples(self) -> float:
        """Up to which sample of the file gains are known; infinite after the last chunk."""
        frames = self._first_frame + self._gains.shape[1]
        return float("inf") if self._finished else max(0.0, (frames - 1) * self._frame_period)

    def take(self, start: int, num_samples: int) -> np.ndarray:
        """Gains (channel, time) of samples ``start`` onwards; earlier ones are forgotten."""
        place = np.arange(start, start + num_samples) / self._frame_period - self._first_frame
        frames = np.arange(self._gains.shape[1])
        out = np.stack([np.interp(place, frames, gains) for gains in self._gains])
        drop = max(0, int((start + num_samples) / self._frame_period) - self._first_frame - 1)
        drop = min(drop, self._gains.shape[1] - 1)
        self._gains = self._gains[:, drop:]
        self._first_frame += drop
        return out
