"""A stream of bytes in another voice while it comes in: stdin to stdout, in real time."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

import numpy as np

from speechgen.audio.prompt_resampling import PromptResampler
from speechgen.audio.raw_pcm import RawFormat
from speechgen.audio.sound_pipe import SoundPipe, describe, measured_lag, open_pipe
from speechgen.synthesis.live import LiveConverter

_STEP_SECONDS = 0.002  # in which the lag is measured
_SETTLED_SECONDS = 0.1


def convert_pipe(
    converter: LiveConverter,
    source: BinaryIO,
    sink: BinaryIO,
    *,
    sample_rate: int | None = None,
    channels: int | None = None,
    sample_format: str | None = None,
    tell: Callable[[str], None] = print,
) -> None:
    """Convert ``source`` into ``sink`` piece by piece, each as soon as it is certain.

    Sample n of what goes out belongs to sample n of what came in, in the same format; channels are
    mixed, and all get the result. ``tell`` is told the lag first.

    Parameters
    ----------
    converter
        Begins anew.
    source, sink, sample_rate, channels, sample_format
        As of :func:`speechgen.audio.sound_pipe.open_pipe`.

    Raises
    ------
    AudioError, ConfigError
        As there, and as of :meth:`SoundPipe.run`.
    """
    pipe: SoundPipe = open_pipe(
        source, sink, sample_rate=sample_rate, channels=channels, sample_format=sample_format
    )
    form = pipe.format
    tell(describe(form, lag_samples(converter, form)))
    converter.restart()
    pipe.run(AtAnyRate(converter, form).process)


def lag_samples(converter: LiveConverter, form: RawFormat) -> int:
    """How many samples a pipe has gone on, at most, when the twin of one comes out.

    Measured with silence, after which the converter is to be restarted.
    """
    converter.restart()
    step, enough = (
        max(1, round(seconds * form.sample_rate)) for seconds in (_STEP_SECONDS, _SETTLED_SECONDS)
    )
    return measured_lag(AtAnyRate(converter, form).process, form.channels, step, enough)


class AtAnyRate:
    """A converter for sound of any rate and number of channels."""

    def __init__(self, converter: LiveConverter, form: RawFormat) -> None:
        self._converter, self._channels = converter, form.channels
        self._enter = PromptResampler(form.sample_rate, converter.sample_rate)
        self._leave = PromptResampler(converter.sample_rate, form.sample_rate)
        self._missing = 0

    def process(self, wave: np.ndarray, last: bool) -> np.ndarray:
        """(channel, time) as it comes to (channel, time) as it is certain."""
        self._missing += wave.shape[1]
        mono = wave.mean(axis=0, dtype=np.float32, keepdims=True)
        made = self._converter.process(self._enter.process(mono, last=last)[0])
        if last:
            made = np.concatenate([made, self._converter.flush()])
        made = self._leave.process(made[np.newaxis], last=last)[0, : self._missing]
        self._missing -= len(made)
        return np.tile(np.clip(made, -1.0, 1.0), (self._channels, 1))
