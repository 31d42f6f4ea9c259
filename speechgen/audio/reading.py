"""Reading audio files: whole, in part, or block by block in bounded memory."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from speechgen.audio.containers import AudioInfo, describe, open_sound
from speechgen.audio.mixing import mix_down
from speechgen.audio.resampling import resample
from speechgen.errors import AudioError, DamagedAudioError

_MOST_HOLES = 3  # that are told


class AudioReader:
    """A sound file open for reading, for use in a ``with`` block.

    Parameters
    ----------
    path
        The file; a pipe that is named like one is copied first.
    salvage
        Whether a file that is cut short or damaged is read as far as its sound goes, holes as
        silence; ``damage`` says what is missing.
    content
        Where the bytes of the file are, if elsewhere (the copy of a pipe).

    Raises
    ------
    AudioError
        As :func:`speechgen.audio.info`.
    """

    def __init__(
        self, path: str | Path, *, salvage: bool = False, content: Path | None = None
    ) -> None:
        with contextlib.ExitStack() as stack:
            opened = open_sound(path, stack, content)
            self.info: AudioInfo = describe(opened, path, salvage=salvage)
            self._stack = stack.pop_all()
        self._sound, self.content = opened.sound, opened.content
        self.damage = self.info.damage
        self._salvage = salvage
        self._silence = 0  # samples still to come for a hole
        self._holes = 0

    def __enter__(self) -> AudioReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def blocks(self, block_samples: int) -> Iterator[np.ndarray]:
        """Yield (channel, time) blocks of ``block_samples`` from the start; the last is shorter.

        Blocks are float32, or float64 where the file's samples need it, so that writing them back
        in the same sample format loses nothing.
        """
        self.seek(0)
        dtype = "float64" if self.info.needs_double else "float32"
        done = 0
        while done < self.info.num_samples:
            wanted = min(block_samples, self.info.num_samples - done)
            block = self.take(wanted, dtype=dtype)
            if block.shape[1]:
                yield block
            if block.shape[1] < wanted:
                return
            done += wanted

    def seek(self, start: int) -> None:
        """Go to sample ``start``."""
        self._silence = 0
        try:
            self._sound.seek(start)
        except AudioError as error:
            raise AudioError(f"{self.info.path}: {error}") from error

    def take(self, num_samples: int, *, dtype: Any = "float32") -> np.ndarray:
        """Read the next ``num_samples``, (channel, time).

        With ``salvage`` there may be fewer, at the end.

        Raises
        ------
        DamagedAudioError
            There are fewer (of MPEG without tags, whose length is an estimate, fewer will do).
        AudioError
            NaN or infinity is among them.
        """
        start = self._sound.position - self._silence
        pieces: list[np.ndarray] = [np.zeros((0, self.info.channels), dtype)]
        needed = num_samples
        while needed > 0:
            if self._silence:
                piece = np.zeros((min(needed, self._silence), self.info.channels), dtype)
                self._silence -= len(piece)
            else:
                piece, reason = self._sound.read(needed, dtype)
                if len(piece) < needed and not self._go_on(reason):
                    needed = len(piece)
            pieces.append(piece)
            needed -= len(piece)
        block = (pieces[1] if len(pieces) == 2 else np.concatenate(pieces)).T
        if not np.isfinite(block).all():
            where = start + int(np.argmin(np.isfinite(block).all(axis=0)))
            raise AudioError(
                f"{self.info.path}: holds NaN or infinity at sample {where}; repair or drop it"
            )
        return np.ascontiguousarray(block)

    def _go_on(self, reason: str) -> bool:
        """Whether something comes after the end of what could be read; notes what is missing."""
        if not reason and self.info.subtype.startswith("MPEG"):
            return False
        place = self._sound.position
        seconds = place / self.info.sample_rate
        why = f"is damaged at {seconds:.3f} s ({reason or 'fewer samples than it says'})"
        if not self._salvage:
            raise DamagedAudioError(f"{self.info.path}: {why}; copy it again")
        self._silence = self._sound.skip_damage()
        left = (self.info.num_samples - place) / self.info.sample_rate
        if self._silence:
            hole = f"{self._silence / self.info.sample_rate:.3f} s there are left silent"
        else:
            hole = f"{left:.3f} s of it cannot be read"
        if self._holes < _MOST_HOLES:
            self.damage = "; ".join(filter(None, (self.damage, f"{why}, {hole}")))
        self._holes += 1
        return self._silence > 0


def read(
    path: str | Path,
    *,
    start: int = 0,
    num_samples: int | None = None,
    sample_rate: int | None = None,
    salvage: bool = False,
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
    salvage
        Whether a file that is cut short or damaged will do, as far as its sound goes.

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
    with AudioReader(path, salvage=salvage) as reader:
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
    """Read a whole file as the mean of its channels at ``sample_rate`` (Hz): (time,) float32.

    Raises
    ------
    AudioError
        It cannot be read, or its channels cancel each other.
    """
    wave, rate = read(path)
    return resample(mix_down(wave, str(path)), rate, sample_rate)
