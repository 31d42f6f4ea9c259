"""Taking a constant offset (DC) out of what a model is given.

Cheap converters shift the whole waveform. Networks have hardly seen such sound: an offset of twice
the level of the speech costs them 6 dB. Here the mean of each channel is followed block by block::

    given     |--- block ---|--- block ---|--- block ---|
    mean           m0            m1            m2            C_k = C_(k-1) + w * (m_k - C_(k-1))
    taken out |C0 --------C0|C0 ......> C1|C1 ......> C2|    a ramp within each block

``w`` is 1 / k at first, so that the start is right from the first block on, and that of a
first-order high-pass at 1.6 Hz later, which follows a drift. Where the offset jumps, it starts
again.

Nothing at all is taken out until the mean has stood out of the signal once: sound without an offset
comes through bit by bit, rumble included. From then on the mean is followed to the end.
"""

from __future__ import annotations

import math

import numpy as np

from speechgen.enhancement.core.sample_queue import SampleQueue

_BLOCK_SECONDS = (0.004, 0.01, 0.04)  # of blocks: shortest, usual, longest
_FOLLOW_SECONDS = 0.1  # time constant of what is taken out: a high-pass at 1.6 Hz
_WATCH_SECONDS = 1.0  # time constant of what decides whether there is an offset
_SMALLEST = 1e-3  # of full scale, after a second: less is no offset
_HASTE = 0.7  # exponent of how much larger it has to be earlier
_SHARE = 0.1  # of the level of the signal: from here on a network hears an offset
_CERTAINTY = 4.0  # standard errors, where swings of 10 Hz and more are independent
_SWING_SECONDS = 0.1
_JUMP, _OUTLIER = 0.02, 5.0  # a block is off by so much of full scale, and so many deviations
_SETTLED = 10  # blocks before there can be a jump


class OffsetRemover:
    """A stream of (channel, time) without its offset, each channel on its own.

    Parameters
    ----------
    channels
        Of the stream.
    sample_rate
        In Hz.
    hop_samples
        What the model takes at a time, if it takes hops: where they fit, blocks are as long, so
        that nothing waits longer than it would anyway. What is less than a block waits.
    """

    def __init__(self, channels: int, sample_rate: int, hop_samples: int | None = None) -> None:
        shortest, usual, longest = (max(1, round(s * sample_rate)) for s in _BLOCK_SECONDS)
        fits = hop_samples is not None and shortest <= hop_samples <= longest
        self._size = hop_samples if fits and hop_samples is not None else usual
        self._queue = SampleQueue(channels)
        block_seconds = self._size / sample_rate
        self._means = [_RunningMean(block_seconds) for _ in range(channels)]
        self._ramp = (np.arange(self._size, dtype=np.float32) + 1) / self._size

    def process(self, chunk: np.ndarray, *, last: bool = False) -> np.ndarray:
        """Take the next (channel, time); give whole blocks, and with ``last`` the rest as well."""
        self._queue.push(chunk)
        count = len(self._queue) // self._size
        wave = self._queue.take(len(self._queue) if last else count * self._size)
        if not count and not any(mean.value for mean in self._means):
            return wave
        blocks = wave[:, : count * self._size].reshape(len(wave), count, self._size)
        wide = blocks.astype(np.float64)
        means, powers = wide.mean(axis=2), np.einsum("cbt,cbt->cb", wide, wide) / self._size
        edges = np.array(
            [mean.follow(*rows) for mean, *rows in zip(self._means, means, powers, strict=True)],
            np.float32,
        )  # (channel, block + 1): what is taken out at the ends of blocks
        if not edges.any():
            return wave
        before, after = edges[:, :-1, None], edges[:, 1:, None]
        out = np.array(wave)
        out[:, : count * self._size] -= (before + self._ramp * (after - before)).reshape(
            len(wave), -1
        )
        out[:, count * self._size :] -= edges[:, -1:]  # with last: less than a block
        return out


class _RunningMean:
    """The offset of one channel: ``value`` is what is taken out, 0 until there is any."""

    def __init__(self, block_seconds: float) -> None:
        self.value = 0.0
        self._block_seconds = block_seconds
        self._count = 0  # blocks since the start or the last jump
        self._mean = 0.0  # followed
        self._slow_mean = self._slow_power = self._spread = 0.0  # watched
        self._off = 0  # blocks in a row that are off to one side: above 0 or below
        self._found = False

    def follow(self, means: np.ndarray, powers: np.ndarray) -> list[float]:
        """The values at the start of the first of these blocks and at the end of each."""
        values = [self.value]
        for mean, power in zip(means.tolist(), powers.tolist(), strict=True):
            if self._jumps(mean):
                self._count = 0
            self._count += 1
            self._mean += self._weight(_FOLLOW_SECONDS) * (mean - self._mean)
            self._watch(mean, power)
            if self._found:
                self.value = self._mean
                if self._count == len(values) == 1:
                    values[0] = self.value  # the stream begins: there is nothing to come from
            values.append(self.value)
        return values

    def _weight(self, seconds: float) -> float:
        return min(1.0, max(1.0 / self._count, self._block_seconds / seconds))

    def _jumps(self, mean: float) -> bool:
        """Whether this is the second block in a row that is far off to the same side."""
        away = mean - self._slow_mean
        far = max(_JUMP, _OUTLIER * math.sqrt(self._spread))
        if self._count < _SETTLED or abs(away) < far:
            self._off = 0
            return False
        self._off = max(self._off, 0) + 1 if away > 0 else min(self._off, 0) - 1
        return abs(self._off) == 2

    def _watch(self, mean: float, power: float) -> None:
        """Whether the mean stands out: of full scale, of the signal, and of how it swings.

        Rumble moves the mean of a block too, but to and fro. The shorter the time since the start,
        the more an offset has to stand out.
        """
        weight = self._weight(_WATCH_SECONDS)
        before = mean - self._slow_mean
        self._slow_mean += weight * before
        self._slow_power += weight * (power - self._slow_power)
        if self._count > 1 and not self._off:
            self._spread += weight * (before * (mean - self._slow_mean) - self._spread)
        if self._found:
            return
        seconds = min(self._count * self._block_seconds, _WATCH_SECONDS)
        seen, offset = seconds / _WATCH_SECONDS, abs(self._slow_mean)
        level = math.sqrt(max(self._slow_power - offset**2, 0.0))
        error = math.sqrt(self._spread / (1.0 + seconds / _SWING_SECONDS))
        self._found = (
            offset > _SMALLEST * seen**-_HASTE
            and offset * math.sqrt(seen) > _SHARE * level
            and offset > _CERTAINTY * error
        )
