"""F0 and voicing of a wave that comes in pieces, decided a fixed time later.

The candidates of a frame are its own. The path through them (:mod:`.pitch_path`) is traced back
from the best state of every frame, and what it says of the frame ``lag`` frames before is taken: a
Viterbi search with a fixed lag, which hardly ever differs from the whole search once the lag is
about 0.1 s.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from speechgen.features.pitch import PitchFrames, threshold
from speechgen.features.pitch_candidates import Floats
from speechgen.features.pitch_path import PathSearch, traced
from speechgen.features.span_stream import PaddedStream, SpanQueue

Melody = tuple[Floats, NDArray[np.bool_]]
_LOUDEST = 0.01  # mean power that speech is expected to reach, before any has come
_FORGETS_DB = 1.0  # in a second: so much lower is the loudest frame that silence is told by


class LivePitch:
    """:func:`speechgen.features.f0` as a stream.

    Parameters
    ----------
    sample_rate, hop_samples, fmin_hz, fmax_hz
        As there.
    lag
        Frames after a frame that decide on it.
    """

    def __init__(
        self,
        sample_rate: int,
        hop_samples: int,
        fmin_hz: float = 60.0,
        fmax_hz: float = 500.0,
        *,
        lag: int = 26,
    ) -> None:
        self._frames = PitchFrames(sample_rate, fmin_hz, fmax_hz)
        self._hop, self.lag = hop_samples, lag
        span = self._frames.span_samples
        self._padded, self._spans = PaddedStream(span, hop_samples), SpanQueue(span, hop_samples)
        self._rough: Floats | None = None  # samples that the smoothing of the next ones takes
        self._search = PathSearch(hop_samples / sample_rate, fmin_hz, fmax_hz)
        self._fades = 10 ** (-_FORGETS_DB / 10 * hop_samples / sample_rate)
        self._loudest = _LOUDEST
        self._candidates: list[Floats] = []  # of the last frames, undecided ones at least
        self._back: list[NDArray[np.int16]] = []
        self._best = 0

    @property
    def reach_samples(self) -> int:
        """Samples from the beginning of a frame to the last that it is decided by."""
        own = self._padded.reach_samples + self._frames.smoothing_samples
        return own + self.lag * self._hop

    def push(self, wave: np.ndarray) -> Melody:
        """Take (time,); give F0 in Hz (0 where unvoiced) and voicing of the frames decided now."""
        return _joined(self._decide(self._smooth(self._padded.push(wave))))

    def finish(self) -> Melody:
        """The frames that are left, up to ceil(time / hop) in all."""
        rest = self._padded.finish()
        decided = list(self._decide(self._smooth(rest, last=True)))
        if self._back:
            way = traced(np.array(self._back), self._best)[::-1]
            decided += [self._taken(*each) for each in zip(self._candidates, way, strict=True)]
        self._back, self._candidates = [], []
        return _joined(iter(decided))

    def _smooth(self, padded: np.ndarray, *, last: bool = False) -> Floats:
        """Smoothed as the whole is, whose two ends stand still."""
        half, wave = self._frames.smoothing_samples, padded.astype(np.float64)
        if self._rough is None:
            self._rough = np.repeat(wave[:1], half)
        wave = np.concatenate([self._rough, wave])
        if last:
            wave = np.concatenate([wave, np.repeat(wave[-1:], half)])
        elif not padded.size:
            if not wave.size:
                self._rough = None
            return wave[:0]
        self._rough = wave[max(0, len(wave) - 2 * half) :]
        return self._frames.smoothed(wave) if len(wave) > 2 * half else wave[:0]

    def _decide(self, smooth: Floats) -> Iterator[tuple[float, bool]]:
        stretch = self._spans.push(smooth)
        if not stretch.size:
            return
        hertz, likely, powers = self._frames.candidates(stretch, self._hop)
        for number, power in enumerate(powers):
            self._loudest = max(self._loudest * self._fades, float(power))
            if power <= threshold(self._loudest):
                likely[number] = 0.0
        back, best = self._search.extend(hertz, likely)
        for row, state, candidates in zip(back, best, hertz, strict=True):
            self._back.append(row)
            self._candidates.append(candidates)
            self._best = int(state)
            if len(self._back) > self.lag:
                state_then = traced(np.array(self._back), self._best)[-1]
                yield self._taken(self._candidates.pop(0), state_then)
                self._back.pop(0)

    @staticmethod
    def _taken(candidates: Floats, state: int) -> tuple[float, bool]:
        voiced = state < len(candidates)
        return (float(candidates[state]) if voiced else 0.0), voiced


def _joined(decided: Iterator[tuple[float, bool]]) -> Melody:
    frames = list(decided)
    f0_hz = np.array([height for height, _ in frames], np.float64)
    return f0_hz, np.array([voiced for _, voiced in frames], np.bool_)
