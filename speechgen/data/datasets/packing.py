"""Decoding many sound files into one array on disk, in threads and in bounded memory."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from speechgen.audio import info, mix_down, read, resample
from speechgen.data.augment.loudness import active_rms
from speechgen.errors import AudioError, DataError
from speechgen.files import atomic_path, read_json, write_json
from speechgen.progress import track

_AHEAD = 32  # files decoded and not yet written, at most


class Source(NamedTuple):
    """Source of one utterance; ``end_seconds`` None means the end of the file."""

    path: Path
    start_seconds: float = 0.0
    end_seconds: float | None = None


def pack(sources: list[Source], sample_rate: int, file: Path) -> None:
    """Decode ``sources`` at ``sample_rate`` into ``file`` (.npy, int16) and its index (.json).

    The index holds for each utterance its length, its scale (a power of two: wave = int16 *
    scale), its active level and its peak.

    Raises
    ------
    DataError
        Files that cannot be read: how many, and what is wrong with the first.
    """
    lengths, scales, levels, peaks = [], [], [], []
    failures: list[AudioError] = []
    with atomic_path(file, overwrite=True) as temporary, temporary.open("r+b") as out:
        _write_header(out, 0)
        decoded = _decode_all(sources, sample_rate)
        for result in track(decoded, f"decoding {len(sources)} sound files", len(sources)):
            if isinstance(result, AudioError):
                failures.append(result)
                continue
            samples, scale, level, peak = result
            out.write(samples.tobytes())
            lengths.append(len(samples))
            scales.append(scale)
            levels.append(level)
            peaks.append(peak)
        if failures:
            raise DataError(
                f"{len(failures)} of {len(sources)} sound files cannot be used: {failures[0]}"
            )
        out.seek(0)
        _write_header(out, sum(lengths))
    index = {"lengths": lengths, "scales": scales, "levels": levels, "peaks": peaks}
    write_json(file.with_suffix(".json"), index)


def load_index(file: Path) -> dict[str, Any]:
    """The index beside a packed array."""
    return read_json(file.with_suffix(".json").read_text(encoding="utf-8"))


def _write_header(out: BinaryIO, count: int) -> None:
    """Numpy pads the header so that a longer shape fits into its place."""
    head = {"descr": "<i2", "fortran_order": False, "shape": (count,)}
    np.lib.format.write_array_header_1_0(out, head)


def _decode_all(
    sources: list[Source], sample_rate: int
) -> Iterator[tuple[np.ndarray, float, float, float] | AudioError]:
    rest = iter(sources)
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        waiting: list[Future] = [
            pool.submit(_decode, source, sample_rate) for source in itertools.islice(rest, _AHEAD)
        ]
        while waiting:
            done = waiting.pop(0)
            waiting += [pool.submit(_decode, s, sample_rate) for s in itertools.islice(rest, 1)]
            yield done.result()


def _decode(
    source: Source, sample_rate: int
) -> tuple[np.ndarray, float, float, float] | AudioError:
    try:
        wave, rate = read_source(source)
        wave = resample(mix_down(wave, str(source.path)), rate, sample_rate)
    except AudioError as error:
        return error
    peak = float(np.abs(wave).max())
    exponent = math.frexp(peak)[1] if peak > 0 else 0  # peak < 2**exponent
    scale = 2.0 ** (exponent - 15)
    samples = np.clip(np.rint(wave / scale), -32768, 32767).astype("<i2")
    return samples, scale, active_rms(wave, sample_rate), peak


def read_source(source: Source) -> tuple[np.ndarray, int]:
    """An utterance as it was recorded: (channel, time) float32, and its rate in Hz.

    Raises
    ------
    AudioError
        The file cannot be read, or its segment holds no samples or goes beyond its end.
    """
    start, count = 0, None
    if source.end_seconds is not None:
        facts = info(source.path)
        start = min(round(source.start_seconds * facts.sample_rate), facts.num_samples)
        stop = round(source.end_seconds * facts.sample_rate)
        if stop > facts.num_samples + facts.sample_rate // 100:
            raise AudioError(
                f"{source.path}: a segment ends at {source.end_seconds} s, the file at "
                f"{facts.duration_seconds:.3f} s"
            )
        count = min(stop, facts.num_samples) - start
    wave, rate = read(source.path, start=start, num_samples=count)
    if wave.shape[1] == 0:
        raise AudioError(f"{source.path}: a segment of it holds no samples")
    return wave, rate
