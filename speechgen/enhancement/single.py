"""One signal through an enhancer: an array, or a file into a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
from torch import nn

from speechgen.audio import AudioInfo, AudioReader, AudioWriter, as_waves, check_rate
from speechgen.audio.metadata import read_metadata
from speechgen.audio.writing import format_of
from speechgen.enhancement.core.sample_queue import SampleQueue
from speechgen.enhancement.core.stream_enhancer import StreamEnhancer
from speechgen.enhancement.options import DEFAULTS, EnhanceOptions
from speechgen.errors import AudioError, DamagedAudioError, OutputError
from speechgen.workers import interruptible

_BLOCK_SECONDS = 8.0
LOSSY_FORMATS = ("OGG", "MP3")
_PLAIN = {"DWVW_12": "PCM_16", "DWVW_16": "PCM_16", "DWVW_24": "PCM_24"}  # cannot be looked through
_WAV_FORMATS = ("WAV", "WAVEX", "RF64")


class Watcher(Protocol):
    """Something that looks on, such as a :class:`.Meter` or a :class:`.Chart`."""

    def process(self, before: np.ndarray, after: np.ndarray) -> None:
        """Take the next (channel, time) of the input and of the output, of equal length."""
        ...


def enhance_wave(
    model: nn.Module,
    wave: np.ndarray,
    sample_rate: int,
    options: EnhanceOptions = DEFAULTS,
) -> np.ndarray:
    """Enhance (channel, time) in [-1, 1] at ``sample_rate`` Hz; same shape and precision.

    A wave (time,) counts as one channel: (1, time) comes back.

    Raises
    ------
    ArrayError
        It is no such array (:func:`speechgen.audio.as_waves`).
    """
    wave, sample_rate = as_waves(wave), check_rate(sample_rate)
    enhancer = StreamEnhancer(model, sample_rate, wave.shape[0], options)
    size = _block_samples(sample_rate)
    blocks = (wave[:, start : start + size] for start in range(0, wave.shape[1], size))
    out = [enhancer.process(block, last=last) for block, last in mark_last(blocks)]
    return np.concatenate(out, axis=1)


def enhance_file(
    model: nn.Module,
    source: str | Path,
    target: str | Path,
    options: EnhanceOptions = DEFAULTS,
    *,
    overwrite: bool = False,
    on_progress: Callable[[int], None] | None = None,
    watchers: Sequence[Watcher] = (),
    content: Path | None = None,
) -> AudioInfo:
    """Enhance a sound file of any length in bounded memory; return what is known of the source.

    Rate, channels, length, tags and sample format are kept (see :func:`output_format`). When
    interrupted, by Ctrl-C or a request to end, nothing is left behind.

    Parameters
    ----------
    on_progress
        Called with the number of samples that have just been read.
    watchers
        Each is shown the input and the output, aligned, block by block.
    content
        Where the bytes of ``source`` are, if elsewhere (the copy of a pipe).

    Raises
    ------
    AudioError
        ``source`` cannot be read.
    DamagedAudioError
        It is cut short or damaged and ``options.salvage`` is false; what is there of it has been
        enhanced and written all the same.
    OutputError
        ``target`` exists and ``overwrite`` is false, is ``source``, or cannot be written.
    """
    source, target = Path(source), Path(target)
    check_distinct(source, target)
    with interruptible(), AudioReader(source, salvage=True, content=content) as reader:
        about = reader.info
        container, subtype = output_format(about, target)
        enhancer = StreamEnhancer(model, about.sample_rate, about.channels, options)
        waiting = SampleQueue(about.channels)  # input whose output is still to come
        with AudioWriter(
            target,
            sample_rate=about.sample_rate,
            channels=about.channels,
            format=container,
            subtype=subtype,
            tags=about.tags,
            overwrite=overwrite,
            total_samples=about.num_samples,
            metadata=read_metadata(reader.content),
        ) as writer:
            for block, last in mark_last(reader.blocks(_block_samples(about.sample_rate))):
                waiting.push(block)
                clean = enhancer.process(block, last=last)
                writer.write(clean)
                before = waiting.take(clean.shape[1])
                for watcher in watchers:
                    watcher.process(before, clean)
                if on_progress is not None:
                    on_progress(block.shape[1])
            if not writer.num_samples:
                raise AudioError(f"{source}: {reader.damage or 'holds no samples'}; copy it again")
        about = replace(about, damage=reader.damage)
    if about.damage and not options.salvage:
        raise DamagedAudioError(f"{source}: {about.damage}; {target} has what is there of it")
    return about


def check_distinct(source: Path, target: Path) -> None:
    """Refuse a target that is the source, by whatever name."""
    if os.path.exists(target) and os.path.exists(source) and target.samefile(source):
        raise OutputError(f"{target}: is the input itself; choose another output")


def output_format(about: AudioInfo, target: Path) -> tuple[str, str]:
    """Container and sample format for an enhanced ``target``, in libsndfile's words.

    The source's own where the name of the target allows it. A lossy source (mp3, ogg, opus, GSM)
    gets 16-bit samples; another container takes the source's sample format, or 24-bit integers if
    it has none such. A pipe without an ending gets WAV.

    Raises
    ------
    OutputError
        The name of the target asks for a lossy or an unknown format.
    """
    import soundfile

    wanted = format_of(target)
    if wanted in LOSSY_FORMATS:
        raise OutputError(f"{target}: would lose quality again; name a .wav or .flac file instead")
    if about.is_lossy:
        return wanted, "PCM_16"
    if about.subtype in _PLAIN:
        return wanted, _PLAIN[about.subtype]
    if wanted == about.format or {wanted, about.format} <= set(_WAV_FORMATS):
        return about.format, about.subtype
    for subtype in (about.subtype, "PCM_24", "PCM_16"):
        if soundfile.check_format(wanted, subtype):
            return wanted, subtype
    raise OutputError(f"{target}: {wanted} holds no samples of {about.subtype}; name a .wav file")


def _block_samples(sample_rate: int) -> int:
    return max(1, int(_BLOCK_SECONDS * sample_rate))


def mark_last(blocks: Iterable[np.ndarray]) -> Iterator[tuple[np.ndarray, bool]]:
    """Each block with whether it is the last."""
    held = None
    for block in blocks:
        if held is not None:
            yield held, False
        held = block
    if held is not None:
        yield held, True
