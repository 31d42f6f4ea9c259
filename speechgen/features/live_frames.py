"""The frames of a mel model as their wave comes: mel magnitudes, and log-F0 and voicing later.

Melody follows its mel by the lag of :class:`.LivePitch` and one frame, and is that of
:func:`speechgen.features.extract` where something is voiced. Where nothing is, log-F0 stays at the
last height until the frame before the next voice, instead of going there on a line.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from speechgen.errors import ConfigError
from speechgen.features.extraction import STEPS
from speechgen.features.live_pitch import LivePitch, Melody
from speechgen.features.pitch_rows import NUM_ROWS, pitch_rows
from speechgen.features.settings import FeatureSettings
from speechgen.features.span_stream import PaddedStream, SpanQueue
from speechgen.features.spectrum import mel_of_spans

_LEAST_SECONDS, _MOST_SECONDS = 0.04, 0.104  # that the search for a melody waits


class LiveMel:
    """Mel magnitudes of frames, the same as of the whole wave.

    Parameters
    ----------
    settings
        Framing and bands.
    """

    def __init__(self, settings: FeatureSettings) -> None:
        self._settings = settings
        framing = settings.fft_samples, settings.hop_samples
        self._padded, self._spans = PaddedStream(*framing), SpanQueue(*framing)

    @property
    def reach_samples(self) -> int:
        """Samples from the beginning of a frame to the last that it takes."""
        return self._padded.reach_samples

    def push(self, wave: np.ndarray) -> tuple[Tensor, np.ndarray]:
        """Take (time,) float32; give (num_mels, frame) and the mean power in spans, (frame,)."""
        return self._frames(self._padded.push(wave))

    def finish(self) -> tuple[Tensor, np.ndarray]:
        """The frames that are left."""
        return self._frames(self._padded.finish())

    def _frames(self, padded: np.ndarray) -> tuple[Tensor, np.ndarray]:
        stretch = self._spans.push(padded)
        if not stretch.size:
            return torch.zeros(self._settings.num_mels, 0), np.zeros(0)
        spans = np.lib.stride_tricks.sliding_window_view(stretch, self._settings.fft_samples)
        power = np.square(spans[:: self._settings.hop_samples], dtype=np.float64).mean(axis=1)
        return mel_of_spans(torch.from_numpy(stretch), self._settings), power


class LiveMelody:
    """Log-F0 and voicing as two rows, :func:`.pitch_rows`.

    Parameters
    ----------
    settings
        With ``absolute_pitch``.
    within_samples
        From the beginning of a frame, in which its melody should be certain: the more, the longer
        the search for it may wait, up to 0.1 s.

    Raises
    ------
    ConfigError
        F0 is to be found by pYIN, which needs the whole recording.
    """

    def __init__(self, settings: FeatureSettings, within_samples: int) -> None:
        if settings.f0_tracker != "yin":
            raise ConfigError(
                f"f0_tracker {settings.f0_tracker!r} finds F0 in whole recordings alone; a live "
                "melody needs 'yin'"
            )
        self._steps, self._hop = math.gcd(settings.hop_samples, STEPS), settings.hop_samples
        step = self._hop // self._steps
        own = LivePitch(settings.sample_rate, step, settings.f0_min_hz, settings.f0_max_hz, lag=0)
        spare = within_samples - own.reach_samples - 2 * self._hop + step
        seconds = step / settings.sample_rate
        least, most = (round(limit / seconds) for limit in (_LEAST_SECONDS, _MOST_SECONDS))
        lag = min(max(spare // step, least), most)
        self._pitch = LivePitch(
            settings.sample_rate, step, settings.f0_min_hz, settings.f0_max_hz, lag=lag
        )
        self.reach_samples = own.reach_samples + 2 * self._hop - step + lag * step
        self._steps_left: Melody = (np.zeros(0), np.zeros(0, np.bool_))
        self._waiting: np.ndarray | None = None  # (2, 1), the frame before the next
        self._height = np.float32(0.0)

    def push(self, wave: np.ndarray) -> Tensor:
        """Take (time,) float32; give the rows (2, frame) that are certain now."""
        return self._rows(self._pitch.push(wave))

    def finish(self) -> Tensor:
        """The rows that are left."""
        return self._rows(self._pitch.finish(), last=True)

    def _rows(self, melody: Melody, *, last: bool = False) -> Tensor:
        f0_hz, voicing = (
            np.concatenate(pair) for pair in zip(self._steps_left, melody, strict=True)
        )
        missing = -len(f0_hz) % self._steps if last else 0
        if missing:
            f0_hz, voicing = (np.pad(each, (0, missing), mode="edge") for each in (f0_hz, voicing))
        whole = len(f0_hz) - len(f0_hz) % self._steps
        self._steps_left = f0_hz[whole:], voicing[whole:]
        parts = [slice(first, first + self._steps) for first in range(0, whole, self._steps)]
        frames = [pitch_rows(f0_hz[part], voicing[part], self._steps) for part in parts]
        known = [self._before(frame) for frame in frames]
        if last:
            known.append(self._before(None))
        made = [frame for frame in known if frame is not None]
        nothing = np.zeros((NUM_ROWS, 0), np.float32)
        return torch.from_numpy(np.concatenate([nothing, *made], axis=1))

    def _before(self, frame: np.ndarray | None) -> np.ndarray | None:
        """The frame before ``frame``, which is the last one that it needs."""
        before, self._waiting = self._waiting, frame
        if before is None:
            return None
        if before[1, 0]:
            self._height = before[0, 0]
        elif frame is not None and frame[1, 0]:
            before[0, 0] = frame[0, 0]
        else:
            before[0, 0] = self._height
        return before
