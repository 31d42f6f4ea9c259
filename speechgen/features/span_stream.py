"""Spans of a wave that comes in pieces, the same as of the whole wave.

::

    wave     |-- piece --|- piece -|----- piece -----|
    padded ==|-- piece --|- piece -|----- piece -----|==     both ends mirrored
    spans  [=========]
               [=========]     ...                           each given as soon as it is whole
"""

from __future__ import annotations

import numpy as np

from speechgen.features.spectrum import as_wave, pad_for_frames


class PaddedStream:
    """:func:`pad_for_frames` of a wave in pieces: what is given adds up to the padded whole.

    Parameters
    ----------
    span_samples, hop_samples
        Of the spans, the hop at most as long as the span.
    """

    def __init__(self, span_samples: int, hop_samples: int) -> None:
        self._span, self._hop = span_samples, hop_samples
        self._left = (span_samples - hop_samples) // 2
        self._taken = 0
        self._tail = np.zeros(0, np.float32)

    @property
    def reach_samples(self) -> int:
        """Samples from the beginning of a frame to the end of its span."""
        return self._span - self._left

    def push(self, wave: np.ndarray) -> np.ndarray:
        """Take (time,); give what is certain: nothing before the first span is whole."""
        before, self._taken = self._taken, self._taken + len(wave)
        held = np.concatenate([self._tail, wave])
        if self._taken < self.reach_samples:
            self._tail = held
            return held[:0]
        self._tail = held[-self._span :]
        if before >= self.reach_samples:
            return wave
        return np.concatenate([held[self._left : 0 : -1], held])

    def finish(self) -> np.ndarray:
        """What is after the last piece."""
        if not self._taken:
            return self._tail
        if self._taken < self.reach_samples:
            return pad_for_frames(as_wave(self._tail), self._span, self._hop).numpy()
        frames = -(-self._taken // self._hop)
        right = (frames - 1) * self._hop + self.reach_samples - self._taken
        return self._tail[-2 : -2 - right : -1]


class SpanQueue:
    """Cuts a stream into stretches of whole spans."""

    def __init__(self, span_samples: int, hop_samples: int) -> None:
        self._span, self._hop = span_samples, hop_samples
        self._held: np.ndarray | None = None

    def push(self, wave: np.ndarray) -> np.ndarray:
        """Take (time,); give the stretch (time,) of all spans that are whole now, empty if none.

        Span j of it is ``[j * hop, j * hop + span)``; the next stretch begins a hop after the last.
        """
        held = wave if self._held is None else np.concatenate([self._held, wave])
        count = max(0, (len(held) - self._span) // self._hop + 1)
        self._held = held[count * self._hop :]
        return held[: (count - 1) * self._hop + self._span] if count else held[:0]
