"""Resampling of a live stream within milliseconds.

:class:`.StreamResampler` takes soxr, whose sharp filters work in blocks and hold back up to 0.1 s.
A windowed sinc of 32 periods of the lower rate holds back 2 ms at 16 kHz, and gives away the
highest tenth of the band.
"""

from __future__ import annotations

import math

import numpy as np

from speechgen.audio.arrays import check_rate

_PERIODS = 32  # of the lower rate on either side
_BAND = 0.92  # of half the lower rate passes, and half of it at this place
_KAISER_BETA = 8.0  # 80 dB
_MOST_TAPS = 1 << 20  # that are kept; of rates with more phases each place has its own made
_BLOCK_TAPS = 1 << 18  # that are worked with at once, however long a chunk


class PromptResampler:
    """Resample chunk by chunk; what comes out does not depend on the chunks.

    Sample n of the output lies at the time of sample n * from_rate / to_rate of the input.

    Parameters
    ----------
    from_rate, to_rate
        In Hz.
    channels
        Of every chunk.
    """

    def __init__(self, from_rate: int, to_rate: int, channels: int = 1) -> None:
        self._from = check_rate(from_rate, "the rate resampled from")
        self._to = check_rate(to_rate, "the rate resampled to")
        divisor = math.gcd(self._from, self._to)
        self._up, self._down = self._to // divisor, self._from // divisor
        lower = min(self._from, self._to)
        self._half = -(-_PERIODS * self._from // lower)
        self._band = _BAND * lower / self._from
        self._taps: np.ndarray | None = None
        if 2 * self._half * self._up <= _MOST_TAPS:
            self._taps = self._filters(np.arange(self._up))
        self._held = np.zeros((channels, self._half - 1), np.float32)  # silence before all
        self._first = 1 - self._half  # the sample that ``_held`` begins with
        self._taken = self._given = 0

    @property
    def same(self) -> bool:
        """Whether both rates are one; samples pass as they are."""
        return self._from == self._to

    def process(self, wave: np.ndarray, *, last: bool = False) -> np.ndarray:
        """Take the next (channel, time) float32; give those that are certain.

        With ``last`` the rest comes out: ceil(time * to_rate / from_rate) in all.
        """
        if self.same:
            return wave
        self._taken += wave.shape[1]
        after = np.zeros((len(wave), self._half + 1 if last else 0), np.float32)
        held = np.concatenate([self._held, wave, after], axis=1)
        if last:
            end = -(-self._taken * self._to // self._from)
        else:  # the last whose taps are all there
            end = max(0, -(-(self._taken - self._half) * self._up // self._down))
        made = np.empty((len(wave), max(end - self._given, 0)), np.float32)
        step = max(1, _BLOCK_TAPS // (2 * self._half))
        for start in range(0, made.shape[1], step):
            places = self._given + np.arange(start, min(start + step, made.shape[1]))
            whole, phase = np.divmod(places * self._down, self._up)
            index = (whole - self._half + 1 - self._first)[:, None] + np.arange(2 * self._half)
            taps = self._filters(phase) if self._taps is None else self._taps[phase]
            np.einsum("cij,ij->ci", held[:, index], taps, out=made[:, start : start + step])
        self._given += made.shape[1]
        begin = self._given * self._down // self._up - self._half + 1
        self._held, self._first = held[:, begin - self._first :], begin
        return made

    def _filters(self, phase: np.ndarray) -> np.ndarray:
        """Taps (phase, 2 * half) from half - 1 samples before a place to half after it."""
        half = self._half
        distance = np.arange(1 - half, half + 1) - phase[:, None] / self._up
        shape = np.i0(_KAISER_BETA * np.sqrt(np.maximum(1 - (distance / half) ** 2, 0.0)))
        taps = np.sinc(self._band * distance) * shape
        return (taps / taps.sum(axis=1, keepdims=True)).astype(np.float32)
