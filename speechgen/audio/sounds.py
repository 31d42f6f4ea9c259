"""Samples from libsndfile, forwards and from any place, across the parts of a file."""

from __future__ import annotations

import bisect
import contextlib
import functools
import os
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from speechgen.audio.flac_frames import frame_starts
from speechgen.audio.layout import FileView, Layout, Part
from speechgen.audio.metadata import texts_of
from speechgen.errors import AudioError

UNSTATED = 1 << 46  # samples; libsndfile gives an absurd count where a stream states none
_SEEKS_NEARLY = ("VORBIS",)  # may land elsewhere: such are read from the start
_PREROLL = {"MPEG_LAYER_I": 1, "MPEG_LAYER_II": 1, "MPEG_LAYER_III": 24}  # frames
_FRAME = 1152
_BLOCK = 1 << 16
_TRIES = 30  # of places where sound may go on


class SoundfileSound:
    """One file as one run of samples, its parts one after another.

    Parameters
    ----------
    path
        The file, where its bytes are.
    layout
        What examining it has found.

    Raises
    ------
    soundfile.LibsndfileError, TypeError
        libsndfile cannot read it.
    AudioError
        Its parts have different rates or channels.
    """

    def __init__(self, path: Path, layout: Layout) -> None:
        self._path = path
        self._parts: list[Part | None] = list(layout.parts) or [None]
        self.damage = layout.damage
        self._number = self._inside = 0  # part, and sample in it
        self._lengths: list[int] = []
        self._file = first = open_part(path, self._parts[0])
        self.sample_rate, self.channels = int(first.samplerate), int(first.channels)
        self.format, self.subtype = str(first.format), str(first.subtype)
        self.tags: dict[str, str] = texts_of(first)
        try:
            self._measure()
        except BaseException:
            close_part(self._file)
            raise
        if layout.damage:
            self.damage = f"{layout.damage} ({self.num_samples / self.sample_rate:.3f} s are there)"

    @property
    def num_samples(self) -> int:
        """Samples of each channel."""
        return sum(self._lengths)

    @property
    def position(self) -> int:
        """The next sample."""
        return sum(self._lengths[: self._number]) + self._inside

    def read(self, num_samples: int, dtype: Any) -> tuple[np.ndarray, str]:
        """The next ``num_samples``, (time, channel), fewer where it ends or is damaged; and why."""
        out = np.empty((num_samples, self.channels), dtype)
        done, reason = 0, ""
        while done < num_samples:
            left = self._lengths[self._number] - self._inside
            if not left:
                if self._number + 1 == len(self._parts):
                    break
                self._go_to_part(self._number + 1)
                continue
            wanted = out[done : done + min(left, num_samples - done)]
            count, reason = _read_into(self._file, wanted, self._inside)
            done += count
            self._inside += count
            if count < len(wanted):
                if reason or not self.subtype.startswith("MPEG"):
                    break
                self._lengths[self._number] = self._inside  # its length was an estimate
        return out[:done], reason

    def seek(self, start: int) -> None:
        """Go to sample ``start``."""
        if start == self.position:
            return
        number, inside = 0, start
        while number + 1 < len(self._parts) and inside >= self._lengths[number]:
            inside -= self._lengths[number]
            number += 1
        if number != self._number:
            self._go_to_part(number)
        if inside == self._inside:
            return
        place = max(0, inside - _PREROLL.get(self.subtype, 0) * _FRAME)
        can_jump = self._file.can_seek and self.subtype not in _SEEKS_NEARLY
        if can_jump and self._jump(place):
            self._inside = place
        elif can_jump or inside < self._inside:
            self._go_to_part(number)
        self._discard(inside - self._inside)

    def skip_damage(self) -> int:
        """Go to the next place behind damage; the samples that are passed over, 0 if none is left.

        Only FLAC says where its frames belong; where several are joined, not in which of them.
        """
        if self.format != "FLAC" or len(self._parts) > 1:
            return 0
        facts = self._path.stat()
        starts = frame_starts(self._path, facts.st_size, facts.st_mtime_ns)
        ahead = starts[bisect.bisect_right(starts, self._inside) :]
        for place in ahead[:_TRIES]:
            if place >= self._lengths[self._number]:
                break
            self._reopen()
            if self._jump(place) and self._can_read(place):
                self._reopen()
                self._jump(place)
                passed, self._inside = place - self._inside, place
                return passed
        return 0

    def close(self) -> None:
        """Let go of the file."""
        close_part(self._file)

    def _reopen(self) -> None:
        close_part(self._file)
        self._file = open_part(self._path, self._parts[self._number])

    def _go_to_part(self, number: int) -> None:
        self._number, self._inside = number, 0
        self._reopen()

    def _jump(self, place: int) -> bool:
        try:
            self._file.seek(place)
        except soundfile.LibsndfileError:
            return False
        return True

    def _discard(self, count: int) -> None:
        buffer = np.empty((min(count, _BLOCK), self.channels), "float32")
        while count > 0:
            done, reason = _read_into(self._file, buffer[: min(count, _BLOCK)], self._inside)
            if not done or reason:
                raise AudioError(f"cannot be read at sample {self._inside + done} ({reason})")
            count -= done
            self._inside += done

    def _can_read(self, place: int) -> bool:
        one = np.empty((1, self.channels), "float32")
        return _read_into(self._file, one, place) == (1, "")

    def _measure(self) -> None:
        """Find the length of each part; one that is not stated is found by decoding."""
        kinds: list[tuple[int, int]] = []
        was_moved = len(self._parts) > 1 or self.format == "FLAC"  # whose end is looked for
        for number, part in enumerate(list(self._parts)):
            if number:
                close_part(self._file)
                try:
                    self._file = open_part(self._path, part)
                except soundfile.LibsndfileError:
                    if not self.damage:
                        raise
                    self._parts.remove(part)
                    continue
            kinds.append((int(self._file.samplerate), int(self._file.channels)))
            self._lengths.append(self._true_length(part))
        if was_moved:
            self._go_to_part(0)
        for number, kind in enumerate(kinds[1:], 2):
            if kind != kinds[0]:
                one, other = (f"{rate} Hz with {n} channels" for rate, n in (kinds[0], kind))
                raise AudioError(
                    f"holds {len(kinds)} recordings after each other, the first at {one}, number "
                    f"{number} at {other}; split it where one ends and another begins"
                )

    def _true_length(self, part: Part | None) -> int:
        stated = int(self._file.frames)
        if stated < UNSTATED and self._file.format != "FLAC":
            return stated
        if 0 < stated < UNSTATED and self._jump(stated - 1) and self._can_read(stated - 1):
            return stated
        facts = self._path.stat()
        found = _count(self._path, part, facts.st_size, facts.st_mtime_ns)
        if found < stated < UNSTATED:
            rate = self._file.samplerate
            self.damage = self.damage or (
                f"is cut short, the last {(stated - found) / rate:.3f} s are missing "
                f"({found / rate:.3f} s are there)"
            )
        return found


class _Forward(soundfile.SoundFile):
    """A sound file that is read forwards.

    soundfile goes to the place where it is after each block of a file that can be sought: MP3 loses
    the memory between its frames there, and some codings cannot do it.
    """

    def __init__(self, file: Any) -> None:
        super().__init__(file)
        self.can_seek: bool = super().seekable()

    def seekable(self) -> bool:
        """Never, so that nothing is sought but on request."""
        return False


def open_part(path: Path, part: Part | None) -> _Forward:
    """Open a file, or pieces of it, with libsndfile."""
    if part is None:
        return _Forward(os.fsencode(path))  # names need not be UTF-8
    view = FileView(path, part)
    try:
        return _Forward(view)
    except BaseException:
        view.close()
        raise


def close_part(file: _Forward) -> None:
    """Close what :func:`open_part` has opened."""
    view = file.name
    file.close()
    if isinstance(view, FileView):
        view.close()


def _read_into(file: _Forward, out: np.ndarray, start: int) -> tuple[int, str]:
    """Fill ``out`` from sample ``start``, where ``file`` is: how many came, and what is wrong."""
    try:
        return len(file.read(out=out, always_2d=True)), ""
    except soundfile.LibsndfileError as error:
        reason = error.error_string.rstrip(".")
    with contextlib.suppress(soundfile.LibsndfileError):
        return min(len(out), max(0, file.tell() - start)), reason
    return 0, reason


@functools.lru_cache(256)
def _count(path: Path, part: Part | None, size: int, changed_ns: int) -> int:
    """Samples that can be decoded, from the start."""
    file = open_part(path, part)
    try:
        block, total = np.empty((_BLOCK, file.channels), "float32"), 0
        while True:
            count, reason = _read_into(file, block, total)
            total += count
            if count < len(block) or reason:
                return total
    finally:
        close_part(file)
