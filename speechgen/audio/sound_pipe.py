"""A stream of bytes through something that changes its sound as it comes in: stdin to stdout."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from speechgen.audio.raw_pcm import RAW_KINDS, RawFormat, read_wav_head
from speechgen.errors import AudioError, ConfigError

#: what takes (channel, time) and whether it is the last, and gives what is certain by then
Process = Callable[[np.ndarray, bool], np.ndarray]

NAME = "stdin"
_MOST_SECONDS = 1.0  # of what has piled up, taken at a time


@dataclass(frozen=True)
class SoundPipe:
    """Where sound comes from and goes to, and what its samples are.

    Attributes
    ----------
    source, sink
        Binary streams; the source has ``read1``.
    format
        Of the samples on both sides.
    head
        Bytes that the sink begins with.
    total
        Bytes of samples that come; None where they go on to the end.
    """

    source: BinaryIO
    sink: BinaryIO
    format: RawFormat
    head: bytes
    total: int | None

    def run(self, process: Process) -> None:
        """Pump all samples through ``process``, and pass on what follows them as it is.

        A reader that goes away ends the stream.

        Raises
        ------
        AudioError
            There are no samples, they end within one or before the header says, or hold NaN or
            infinity. What came before has been processed and passed on.
        """
        try:
            _Pump(self, process).run()
        except BrokenPipeError:  # nobody listens any more
            return


def open_pipe(
    source: BinaryIO,
    sink: BinaryIO,
    *,
    sample_rate: int | None = None,
    channels: int | None = None,
    sample_format: str | None = None,
) -> SoundPipe:
    """What comes in: raw samples where there is a rate, else a WAV, whose head is read.

    Parameters
    ----------
    sample_rate, channels, sample_format
        Of raw samples: Hz, number (default 1), s16le (default) or f32le. Without a rate the source
        begins as a WAV does, and so does the sink.

    Raises
    ------
    AudioError
        It is no WAV.
    ConfigError
        Options do not fit each other, or source or sink is a terminal.
    """
    if source.isatty() or sink.isatty():
        raise ConfigError("--stream reads stdin and writes stdout; neither may be a terminal")
    if sample_rate is None and (channels is not None or sample_format is not None):
        raise ConfigError("--channels and --format describe raw samples; give --rate too")
    if sample_rate is None:
        head = read_wav_head(source, NAME)
        return SoundPipe(source, sink, head.format, head.content, head.data_bytes)
    if sample_format is not None and sample_format not in RAW_KINDS:
        raise ConfigError(f"--format {sample_format}: use {' or '.join(RAW_KINDS)}")
    form = RawFormat(sample_rate, channels or 1, sample_format or "s16le")
    return SoundPipe(source, sink, form, b"", None)


def describe(form: RawFormat, lag: int) -> str:
    """What comes, and that the output lags by ``lag`` samples, for the user."""
    return (
        f"{form.sample_rate} Hz, {form.channels} channel{'s' * (form.channels > 1)}, {form.kind}; "
        f"the output lags by {1000 * lag / form.sample_rate:.0f} ms"
    )


def measured_lag(process: Process, channels: int, step: int, enough: int) -> int:
    """How many samples a stream has gone on, at most, when the twin of one comes out.

    Silence is sent through ``process``, ``step`` samples at a time, until ``enough`` have come out,
    which also gets it going.
    """
    chunk = np.zeros((channels, step), np.float32)
    taken = given = lag = 0
    while given < enough:
        taken += step
        count = process(chunk, False).shape[1]
        if count:
            lag = max(lag, taken - given)
        given += count
    return lag


class _Pump:
    """Bytes to samples, through the process, and to bytes again."""

    def __init__(self, pipe: SoundPipe, process: Process) -> None:
        self._pipe, self._process = pipe, process
        self._form, self._start = pipe.format, pipe.head
        self._taken = 0

    def run(self) -> None:
        source, left = self._pipe.source, self._pipe.total
        size, held = self._form.frame_bytes, b""
        most = max(1, int(_MOST_SECONDS * self._form.sample_rate)) * size
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
            raise AudioError(f"{NAME}: is cut short, {left} bytes of its samples are missing")
        if held:
            raise AudioError(f"{NAME}: ended within a sample; the {len(held)} bytes are left out")
        while self._pipe.total is not None and (piece := _read(source, 1 << 16)):
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
        raise AudioError(f"{NAME}: holds NaN or infinity at sample {self._taken}; it ends there")

    def _finish(self) -> None:
        if not self._taken:
            raise AudioError(f"{NAME}: holds no samples; is anything sent to it?")
        self._give(np.zeros((self._form.channels, 0), np.float32), last=True)

    def _give(self, wave: np.ndarray, *, last: bool) -> None:
        self._taken += wave.shape[1]
        made = self._process(wave, last)
        if made.shape[1]:
            self._write(self._form.encode(made))

    def _write(self, data: bytes) -> None:
        self._pipe.sink.write(self._start + data)
        self._pipe.sink.flush()
        self._start = b""


def _read(source: Any, count: int) -> bytes:
    """What has come in by now, at most ``count`` bytes; waits for the first."""
    return source.read1(count)
