"""Reading audio files: whole, in part, or block by block in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from speechgen.audio.containers import AudioInfo, describe, open_sound
from speechgen.audio.resampling import resample
from speechgen.errors import AudioError


class AudioReader:
    """A sound file open for reading, for use in a ``with`` block.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    AudioError
        As :func:`speechgen.audio.info`.
    """

    def __init__(self, path: str | Path) -> None:
        self._sound = open_sound(path)
        try:
            self.info: AudioInfo = describe(self._sound, path)
        except AudioError:
            self._sound.close()
            raise

    def __enter__(self) -> AudioReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._sound.close()

    def blocks(self, block_samples: int) -> Iterator[np.ndarray]:
        """Yield (channel, time) blocks of ``block_samples`` from the start; the last is shorter.

        Blocks are float32, or float64 where the file's samples need it, so that writing them back
        in the same sample format loses nothing.
        """
        self.seek(0)
        dtype = "float64" if self.info.needs_double else "float32"
        done = 0
        while done < self.info.num_samples:
            block = self.take(min(block_samples, self.info.num_samples - done), dtype=dtype)
            if block.shape[1] == 0:
                return
            done += block.shape[1]
            yield block

    def seek(self, start: int) -> None:
        """Go to sample ``start``."""
        import soundfile

        try:
            self._sound.seek(start)
        except soundfile.LibsndfileError as error:
            raise AudioError(f"{self.info.path}: cannot go to sample {start}") from error

    def take(self, num_samples: int, *, dtype: Any = "float32") -> np.ndarray:
        """Read the next ``num_samples``, (channel, time).

        Raises
        ------
        AudioError
            There are fewer (lossy files, whose length is an estimate, may end early), or NaN or
            infinity is among them.
        """
        import soundfile

        path = self.info.path
        start = self._sound.tell()
        try:
            block = self._sound.read(num_samples, dtype=dtype, always_2d=True).T
        except soundfile.LibsndfileError as error:
            reason = error.error_string.rstrip(".")
            raise AudioError(f"{path}: is damaged after sample {start} ({reason})") from error
        if block.shape[1] < num_samples and not self.info.is_lossy:
            raise AudioError(
                f"{path}: is cut short, {start + block.shape[1]} samples can be read; copy it again"
            )
        if not np.isfinite(block).all():
            where = start + int(np.argmin(np.isfinite(block).all(axis=0)))
            raise AudioError(f"{path}: holds NaN or infinity at sample {where}; repair or drop it")
        return np.ascontiguousarray(block)


def read(
    path: str | Path,
    *,
    start: int = 0,
    num_samples: int | None = None,
    sample_rate: int | None = None,
) -> tuple[np.ndarray, int]:
    """Read a sound file or a part of it.

    Parameters
    ----------
    path
        The file.
    start, num_samples
        The part, in samples of the file; to the end if ``num_samples`` is None.
    sample_rate
        Resample to this rate (Hz); None keeps the file's.

    Returns
    -------
    wave : ndarray
        (channel, time) float32.
    sample_rate : int
        In Hz.

    Raises
    ------
    AudioError
        As :class:`AudioReader`; also if the part lies outside the file.
    """
    with AudioReader(path) as reader:
        total = reader.info.num_samples
        count = total - start if num_samples is None else num_samples
        if start < 0 or count < 0 or start + count > total:
            raise AudioError(
                f"{path}: samples {start} to {start + count} were asked for, it has {total}"
            )
        if start:
            reader.seek(start)
        wave = reader.take(count)
        rate = reader.info.sample_rate
    if sample_rate is None or sample_rate == rate:
        return wave, rate
    return resample(wave, rate, sample_rate), sample_rate


def read_mono(path: str | Path, sample_rate: int) -> np.ndarray:
    """Read a whole file as the mean of its channels at ``sample_rate`` (Hz): (time,) float32."""
    wave, rate = read(path)
    return resample(wave.mean(axis=0), rate, sample_rate)
