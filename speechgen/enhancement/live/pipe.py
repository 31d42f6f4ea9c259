"""A stream of bytes through an enhancer while it comes in: stdin to stdout, in real time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from torch import nn

from speechgen.audio.raw_pcm import RawFormat
from speechgen.audio.sound_pipe import NAME, measured_lag, open_pipe
from speechgen.audio.sound_pipe import describe as describe_pipe
from speechgen.enhancement.batch.loudness_report import Meter
from speechgen.enhancement.batch.report import check_report, describe, write_report
from speechgen.enhancement.core.protocols import as_enhancer, as_streaming
from speechgen.enhancement.core.sample_queue import SampleQueue
from speechgen.enhancement.core.stream_enhancer import StreamEnhancer
from speechgen.enhancement.options import DEFAULTS, EnhanceOptions

_STEP_SECONDS = 0.01  # in which the lag of a model in windows is measured
_SETTLED = 4  # windows, or hops and latencies, after which the lag is known


def enhance_pipe(
    model: nn.Module,
    source: BinaryIO,
    sink: BinaryIO,
    options: EnhanceOptions = DEFAULTS,
    *,
    sample_rate: int | None = None,
    channels: int | None = None,
    sample_format: str | None = None,
    report: str | Path | None = None,
    tell: Callable[[str], None] = print,
) -> None:
    """Enhance ``source`` into ``sink`` piece by piece, each as soon as it is certain.

    Sample n of what goes out belongs to sample n of what came in; it comes out later by the lag of
    the model, which ``tell`` is told first. A reader that goes away ends the stream.

    Parameters
    ----------
    source, sink, sample_rate, channels, sample_format
        As of :func:`speechgen.audio.sound_pipe.open_pipe`.
    report
        File for one JSON line at the end, as :func:`.describe` gives it.
    tell
        Called with lines for the user.

    Raises
    ------
    AudioError
        It is no such sound, ends within a sample or before its header says, or holds NaN or
        infinity. What came before has been enhanced and passed on.
    ConfigError
        Options do not fit each other, or source or sink is a terminal.
    """
    if report is not None:
        check_report(Path(report), [])
    options = replace(options, window_batch=1)  # each window as soon as it is whole
    as_enhancer(model)
    pipe = open_pipe(
        source, sink, sample_rate=sample_rate, channels=channels, sample_format=sample_format
    )
    form = pipe.format
    lag = lag_samples(model, options, form.sample_rate, form.channels)
    tell(describe_pipe(form, lag))
    metered = _Metered(model, options, form)
    try:
        pipe.run(metered.process)
    finally:
        if report is not None and metered.meter.num_samples:
            line = {"source": NAME, "output": "stdout", **describe(metered.meter, metered.seconds)}
            write_report(report, [line | {"lag_seconds": round(lag / form.sample_rate, 4)}])


def lag_samples(model: nn.Module, options: EnhanceOptions, sample_rate: int, channels: int) -> int:
    """How many samples a stream has gone on, at most, when the enhanced twin of one comes out.

    Measured hop by hop, or 10 ms at a time where the model works in windows, until that has
    settled.
    """
    enhancer = StreamEnhancer(model, sample_rate, channels, options)
    streaming, inner = as_streaming(model), as_enhancer(model)
    step, span = max(1, round(_STEP_SECONDS * sample_rate)), inner.window_samples
    if streaming is not None:
        step = -(-streaming.hop_samples * sample_rate // inner.sample_rate)
        span = streaming.hop_samples + streaming.latency_samples
    enough = _SETTLED * span * sample_rate // inner.sample_rate
    return measured_lag(
        lambda wave, last: enhancer.process(wave, last=last), channels, step, enough
    )


class _Metered:
    """An enhancer, timed and compared with its input."""

    def __init__(self, model: nn.Module, options: EnhanceOptions, form: RawFormat) -> None:
        self.meter = Meter(form.sample_rate, form.channels)
        self.seconds = 0.0
        self._enhancer = StreamEnhancer(model, form.sample_rate, form.channels, options)
        self._waiting = SampleQueue(form.channels)

    def process(self, wave: np.ndarray, last: bool) -> np.ndarray:
        """(channel, time) as it comes to (channel, time) as it is certain."""
        begin = time.perf_counter()
        self._waiting.push(wave)
        clean = self._enhancer.process(wave, last=last)
        self.seconds += time.perf_counter() - begin
        if clean.shape[1]:
            self.meter.process(self._waiting.take(clean.shape[1]), clean)
        return clean
