"""Resampling with soxr: band limited, without delay, whole or as a stream."""

from __future__ import annotations

from typing import Any

import numpy as np

from speechgen.audio.arrays import as_floats, check_chunk, check_rate

_QUALITY = "HQ"


class StreamResampler:
    """Resample a stream chunk by chunk; the chunks together equal :func:`resample` of the whole.

    Sample ``n`` of the output lies at the time of sample ``n * from_rate / to_rate`` of the input:
    soxr's filters have linear phase and their delay is taken out.

    Parameters
    ----------
    from_rate, to_rate
        In Hz.
    channels
        Number of channels of every chunk.
    dtype
        numpy.float32 or numpy.float64: the precision of chunks and output.
    """

    def __init__(
        self, from_rate: int, to_rate: int, channels: int, *, dtype: Any = np.float32
    ) -> None:
        self.from_rate = check_rate(from_rate, "the rate resampled from")
        self.to_rate = check_rate(to_rate, "the rate resampled to")
        self.channels = int(channels)
        self.dtype = np.dtype(dtype)
        self._taken = self._given = 0
        self._stream: Any = None
        if self.from_rate != self.to_rate:
            import soxr

            self._stream = soxr.ResampleStream(
                self.from_rate, self.to_rate, self.channels, dtype=self.dtype.name, quality=_QUALITY
            )

    def process(self, chunk: np.ndarray, *, last: bool = False) -> np.ndarray:
        """Take the next (channel, time) chunk; give the samples that are certain by now.

        Parameters
        ----------
        chunk
            (channel, time), any length, also 0.
        last
            Whether this is the end: the rest comes out, so that the stream has
            ceil(time * to_rate / from_rate) samples in all.

        Returns
        -------
        ndarray
            (channel, time).
        """
        chunk = check_chunk(chunk, self.channels)
        if self._stream is None:
            return np.array(chunk, dtype=self.dtype)
        if chunk.shape[1] == 0 and not last:
            return np.zeros((self.channels, 0), self.dtype)
        self._taken += chunk.shape[1]
        block = np.ascontiguousarray(chunk.T, dtype=self.dtype)
        if last:  # silence after the end, long enough that soxr rounds the length up
            tail = -(-self.from_rate // self.to_rate) + 1
            block = np.concatenate([block, np.zeros((tail, self.channels), self.dtype)])
        out = self._stream.resample_chunk(block, last=bool(last))
        if last:
            total = -(-self._taken * self.to_rate // self.from_rate)
            out = out[: max(total - self._given, 0)]
        self._given += len(out)
        return np.ascontiguousarray(out.reshape(-1, self.channels).T)


def resample(wave: np.ndarray, from_rate: int, to_rate: int) -> np.ndarray:
    """Resample the last axis with zero delay.

    Parameters
    ----------
    wave
        (..., time), float32 or float64; half precision becomes float32.
    from_rate, to_rate
        In Hz.

    Returns
    -------
    ndarray
        (..., ceil(time * to_rate / from_rate)), the same precision.

    Raises
    ------
    ArrayError
        A rate is none, or the wave is of integers, (time, channel), or holds NaN or infinity.
    """
    from_rate = check_rate(from_rate, "the rate resampled from")
    to_rate = check_rate(to_rate, "the rate resampled to")
    wave = as_floats(wave)
    if from_rate == to_rate or wave.size == 0:
        length = -(-wave.shape[-1] * to_rate // from_rate)
        return wave.copy() if wave.size else np.zeros((*wave.shape[:-1], length), wave.dtype)
    rows = wave.reshape(-1, wave.shape[-1])
    stream = StreamResampler(from_rate, to_rate, len(rows), dtype=wave.dtype)
    return stream.process(rows, last=True).reshape(*wave.shape[:-1], -1)
