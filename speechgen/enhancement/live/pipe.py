"""A stream of bytes through an enhancer while it comes in: stdin to stdout, in real time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from torch import nn

from speechgen.enhancement.batch.loudness_report import Meter
from speechgen.enhancement.batch.report import check_report, describe, write_report
from speechgen.enhancement.core.protocols import as_enhancer, as_streaming
from speechgen.enhancement.core.sample_queue import SampleQueue
from speechgen.enhancement.core.stream_enhancer import StreamEnhancer
from speechgen.enhancement.live.raw_pcm import RAW_KINDS, RawFormat, read_wav_head
from speechgen.enhancement.options import DEFAULTS, EnhanceOptions
from speechgen.errors import AudioError, ConfigError

_NAME = "stdin"
_STEP_SECONDS = 0.01  # in which the lag of a model in windows is measured
_MOST_SECONDS = 1.0  # of what has piled up, taken at a time
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
    source, sink
        Binary streams; the source has ``read1``.
    sample_rate, channels, sample_format
        Of raw samples: Hz, number (default 1), s16le (default) or f32le. Without a rate the source
        begins as a WAV does, and so does the sink.
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
    if source.isatty() or sink.isatty():
        raise ConfigError("--stream reads stdin and writes stdout; neither may be a terminal")
    if report is not None:
        check_report(Path(report), [])
    options = replace(options, window_batch=1)  # each window as soon as it is whole
    as_enhancer(model)
    if sample_rate is None and (channels is not None or sample_format is not None):
        raise ConfigError("--channels and --format describe raw samples; give --rate too")
    if sample_rate is None:
        head = read_wav_head(source, _NAME)
        form, start, total = head.format, head.content, head.data_bytes
    else:
        if sample_format is not None and sample_format not in RAW_KINDS:
            raise ConfigError(f"--format {sample_format}: use {' or '.join(RAW_KINDS)}")
        form = RawFormat(sample_rate, channels or 1, sample_format or "s16le")
        start, total = b"", None
    lag = lag_samples(model, options, form.sample_rate, form.channels)
    tell(
        f"{form.sample_rate} Hz, {form.channels} channel{'s' * (form.channels > 1)}, {form.kind}; "
        f"the output lags by {1000 * lag / form.sample_rate:.0f} ms"
    )
    pump = _Pump(model, options, form, sink, start)
    try:
        pump.run(source, total)
    except BrokenPipeError:  # nobody listens any more
        return
    finally:
        if report is not None and pump.meter.num_samples:
            line = {"source": _NAME, "output": "stdout", **describe(pump.meter, pump.seconds)}
            write_report(report, [line | {"lag_seconds": round(lag / form.sample_rate, 4)}])


def lag_samples(model: nn.Module, options: EnhanceOptions, sample_rate: int, channels: int) -> int:
    """How many samples a stream has gone on, at most, when the enhanced twin of one comes out.

    Silence is sent through the model hop by hop (10 ms at a time where it works in windows) until
    that has settled, which also gets the model going.
    """
    enhancer = StreamEnhancer(model, sample_rate, channels, options)
    streaming, inner = as_streaming(model), as_enhancer(model)
    step, span = max(1, round(_STEP_SECONDS * sample_rate)), inner.window_samples
    if streaming is not None:
        step = -(-streaming.hop_samples * sample_rate // inner.sample_rate)
        span = streaming.hop_samples + streaming.latency_samples
    enough = _SETTLED * span * sample_rate // inner.sample_rate
    chunk = np.zeros((channels, step), np.float32)
    taken = given = lag = 0
    while given < enough:
        taken += step
        count = enhancer.process(chunk).shape[1]
        if count:
            lag = max(lag, taken - given)
        given += count
    return lag


class _Pump:
    """Bytes to samples, through the enhancer, and to bytes again."""

    def __init__(
        self,
        model: nn.Module,
        options: EnhanceOptions,
        form: RawFormat,
        sink: BinaryIO,
        start: bytes,
    ) -> None:
        self.meter = Meter(form.sample_rate, form.channels)
        self.seconds = 0.0  # in the enhancer
        self._enhancer = StreamEnhancer(model, form.sample_rate, form.channels, options)
        self._waiting = SampleQueue(form.channels)
        self._form, self._sink, self._start = form, sink, start
        self._taken = 0

    def run(self, source: BinaryIO, total: int | None) -> None:
        """Pump ``total`` bytes, or all, and pass on what follows them as it is."""
        size = self._form.frame_bytes
        most = max(1, int(_MOST_SECONDS * self._form.sample_rate)) * size
        left, held = total, b""
        while left is None or left > 0:
            piece = _read(source, most if left is None else min(most, left))
            if not piece:
                break
            left = None if left is None else left - len(piece)
            held += piece
            whole = len(held) - len(held) % size
            if whole:
                self._take(self._form.decode(held[:whole]))
                held = held[whole:]
        self._finish()
        if left:
            raise AudioError(f"{_NAME}: is cut short, {left} bytes of its samples are missing")
        if held:
            raise AudioError(f"{_NAME}: ended within a sample; the {len(held)} bytes are left out")
        while total is not None and (piece := _read(source, 1 << 16)):
            self._write(piece)

    def _take(self, wave: np.ndarray) -> None:
        good = np.isfinite(wave).all(axis=0)
        if good.all():
            self._give(wave, last=False)
            return
        where = int(np.argmin(good))
        self._give(wave[:, :where], last=False)
        if self._taken:
            self._finish()
        raise AudioError(f"{_NAME}: holds NaN or infinity at sample {self._taken}; it ends there")

    def _finish(self) -> None:
        if not self._taken:
            raise AudioError(f"{_NAME}: holds no samples; is anything sent to it?")
        self._give(np.zeros((self._form.channels, 0), np.float32), last=True)

    def _give(self, wave: np.ndarray, *, last: bool) -> None:
        begin = time.perf_counter()
        self._taken += wave.shape[1]
        self._waiting.push(wave)
        clean = self._enhancer.process(wave, last=last)
        self.seconds += time.perf_counter() - begin
        if clean.shape[1]:
            self.meter.process(self._waiting.take(clean.shape[1]), clean)
            self._write(self._form.encode(clean))

    def _write(self, data: bytes) -> None:
        self._sink.write(self._start + data)
        self._sink.flush()
        self._start = b""


def _read(source: Any, count: int) -> bytes:
    """What has come in by now, at most ``count`` bytes; waits for the first."""
    return source.read1(count)
