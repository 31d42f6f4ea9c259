"""Where speech goes as it is made: a sound file, a pipe; and the times of its words."""

from __future__ import annotations

import contextlib
import json
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO

import numpy as np

from speechgen.audio.raw_pcm import RawFormat
from speechgen.audio.writing import AudioWriter, format_of, is_sound_name
from speechgen.errors import ConfigError, OutputError
from speechgen.files import atomic_path, check_absent, check_writable
from speechgen.synthesis.speaking import Utterance

#: takes (time,) float32
Sink = Callable[[np.ndarray], None]
_UNKNOWN = 0xFFFFFFFF  # the size of a WAV that has no end yet


@dataclass(frozen=True)
class Spoken:
    """What has been said: seconds of sound with its pauses, sentences, words."""

    seconds: float = 0.0
    sentences: int = 0
    words: int = 0


@contextlib.contextmanager
def sound_file(
    path: Path | str,
    sample_rate: int,
    *,
    overwrite: bool = False,
    when_whole: Callable[[Path], None] | None = None,
) -> Iterator[Sink]:
    """A sound file (16 bit) of any length, which appears as a whole when the block ends well.

    ``when_whole`` is called with what is written, before that takes its name.
    """
    form = format_of(path)
    with AudioWriter(
        path, sample_rate=sample_rate, channels=1, format=form, overwrite=overwrite,
        subtype={"OGG": "VORBIS", "MP3": "MPEG_LAYER_III"}.get(form, "PCM_16"),
        when_whole=when_whole,
    ) as writer:  # fmt: skip
        yield lambda wave: writer.write(wave[None])


@contextlib.contextmanager
def sound_pipe(stream: BinaryIO | None, sample_rate: int, *, raw: bool = False) -> Iterator[Sink]:
    """A pipe: a WAV of a length not yet known, or raw samples, 16 bit little-endian.

    A reader that goes away ends the block.

    Raises
    ------
    ConfigError
        It is a terminal, or closed.
    """
    if stream is None:
        raise ConfigError("--output - writes sound to stdout, which is closed; pipe it on")
    if stream.isatty():
        raise ConfigError("--output - writes sound to stdout, which is a terminal; pipe it on")
    form = RawFormat(sample_rate, 1, "s16le")
    head = b"" if raw else wav_head(form)

    def write(wave: np.ndarray) -> None:
        nonlocal head
        stream.write(head + form.encode(wave[None]))
        stream.flush()
        head = b""

    with contextlib.suppress(BrokenPipeError):
        yield write


@contextlib.contextmanager
def timings_file(
    path: Path | str | None, sample_rate: int, *, overwrite: bool = False
) -> Iterator[Callable[[dict[str, object]], None]]:
    """A JSON file of sentences, written one by one; nothing where there is no path."""
    if path is None:
        yield lambda _: None
        return
    with atomic_path(path, overwrite=overwrite) as temporary, _opened(temporary) as file:
        file.write(f'{{"sample_rate": {sample_rate}, "sentences": [')
        before = "\n"

        def write(sentence: dict[str, object]) -> None:
            nonlocal before
            file.write(before + json.dumps(sentence, ensure_ascii=False))
            before = ",\n"

        yield write
        file.write("\n]}\n")


def check_sound(path: Path | str | None, *, overwrite: bool) -> None:
    """Refuse a sound that exists, cannot be written, or is of no known format (OutputError)."""
    if path is not None:
        format_of(path)
        _check_output(Path(path), overwrite=overwrite)


def check_timings(path: Path | str | None, *, overwrite: bool) -> None:
    """Refuse a file for times that exists, cannot be written, or is a sound's (OutputError)."""
    if path is None:
        return
    if is_sound_name(path) or str(path) == "-":
        raise OutputError(f"{path}: is no name for times, which are JSON; say words.json")
    _check_output(Path(path), overwrite=overwrite)


def _check_output(path: Path, *, overwrite: bool) -> None:
    check_absent(path, overwrite=overwrite)
    check_writable(path)


def spoken_to(
    utterances: Iterable[Utterance],
    sink: Sink,
    silence_seconds: float,
    timed: Callable[[dict[str, object]], None] = lambda _: None,
) -> Spoken:
    """Write sentences one after another, each with silence after it, and tell their times."""
    samples = sentences = words = 0
    for utterance in utterances:
        rate, begin = utterance.sample_rate, samples
        for chunk in utterance.chunks():
            sink(chunk)
            samples += len(chunk)
        timed(timed_sentence(utterance, begin / rate))
        silence = round(silence_seconds * rate)
        if silence:
            sink(np.zeros(silence, np.float32))
        samples += silence
        sentences, words = sentences + 1, words + len(utterance.words)
    return Spoken(samples / utterance.sample_rate if sentences else 0.0, sentences, words)


def timed_sentence(utterance: Utterance, start: float) -> dict[str, object]:
    """A sentence that begins at ``start``, for JSON: text, times in seconds, words."""
    end = start + utterance.num_samples / utterance.sample_rate
    words = [
        {"text": one.text, "start": round(start + one.start, 4), "end": round(start + one.end, 4)}
        for one in utterance.words
    ]
    text = utterance.sentence.text
    return {"text": text, "start": round(start, 4), "end": round(end, 4), "words": words}


def _opened(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", errors="backslashreplace")


def wav_head(form: RawFormat) -> bytes:
    """The beginning of a WAV (16 bit) of a length not yet known."""
    rate, size = form.sample_rate, form.frame_bytes
    chunk = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, rate * size, size, 8 * size)
    head = struct.pack("<4sI4s", b"RIFF", _UNKNOWN, b"WAVE")
    return head + chunk + struct.pack("<4sI", b"data", _UNKNOWN)
