"""Sound that libsndfile does not know (m4a, webm, wma, amr, ...), by the program ffmpeg if there.

ffmpeg is started without a shell, on one file, with no protocol but files, and with the one reader
that goes with the ending, so that no playlist or script can pass for sound.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from speechgen.errors import AudioError
from speechgen.workers import signals_held

_READERS = {
    "mov": "m4a m4b mp4 mov 3gp 3g2",
    "matroska,webm": "mka mkv webm",
    "asf": "wma wmv asf",
    "aac": "aac",
    "amr": "amr awb",
    "ac3": "ac3",
    "ape": "ape",
    "wv": "wv",
    "tta": "tta",
    "tak": "tak",
}
_BY_ENDING = {f".{e}": reader for reader, ends in _READERS.items() for e in ends.split(" ")}
_ALSO = {  # of what libsndfile refuses
    ".wav": "wav",
    ".caf": "caf",
    ".ogg": "ogg",
    ".oga": "ogg",
    ".spx": "ogg",
    ".aif": "aiff",
    ".aiff": "aiff",
    ".aifc": "aiff",
    ".au": "au",
    "": "mov,matroska,webm,asf",
}
FOREIGN_ENDINGS = frozenset(_BY_ENDING)
_LARGEST_CHUNK = 1 << 20
_BLOCK = 1 << 16


def has_ffmpeg() -> bool:
    """Whether the program ffmpeg is installed."""
    return shutil.which("ffmpeg") is not None


def is_foreign(path: Path) -> bool:
    """Whether the ending of ``path`` names sound that takes ffmpeg."""
    return path.suffix.lower() in FOREIGN_ENDINGS


def may_be_foreign(path: Path) -> bool:
    """Whether ffmpeg may be asked about a file of this ending that libsndfile refuses."""
    return path.suffix.lower() in _BY_ENDING | _ALSO


class FfmpegSound:
    """The first sound of a file, decoded by ffmpeg through a pipe.

    Parameters
    ----------
    path
        The file, where its bytes are.
    ending
        Of its name, such as ``.m4a``: decides what reads it.

    Raises
    ------
    AudioError
        ffmpeg cannot read it; without the name of the file.
    """

    subtype = "FFMPEG"

    def __init__(self, path: Path, ending: str) -> None:
        self._path, self._ending = path, ending.lower()
        self.format = self._ending[1:].upper() or "FFMPEG"
        self.tags: dict[str, str] = {}
        facts = path.stat()
        found = _measure(path, self._ending, facts.st_size, facts.st_mtime_ns)
        self.sample_rate, self.channels, self.num_samples, self.damage = found
        self.position = 0
        self._process: _Process | None = None

    def read(self, num_samples: int, dtype: Any) -> tuple[np.ndarray, str]:
        """The next ``num_samples``, (time, channel), fewer where it ends."""
        if self._process is None:
            self._process = _Process(self._path, self._ending)
        block = self._process.read(min(num_samples, self.num_samples - self.position))
        self.position += len(block)
        return block.astype(dtype, copy=False), ""

    def seek(self, start: int) -> None:
        """Go to sample ``start``, by decoding what is before it."""
        if start < self.position:
            self.close()
            self.position = 0
        while self.position < start:
            if not len(self.read(min(_BLOCK, start - self.position), "float32")[0]):
                raise AudioError(f"cannot be read at sample {self.position}")

    def skip_damage(self) -> int:
        """Nothing is known of what is behind damage."""
        return 0

    def close(self) -> None:
        """End ffmpeg."""
        if self._process is not None:
            self._process.close()
            self._process = None


@functools.lru_cache(256)
def _measure(path: Path, ending: str, size: int, changed_ns: int) -> tuple[int, int, int, str]:
    """Rate, channels and length, by decoding the whole, and what ffmpeg finds wrong with it."""
    process = _Process(path, ending)
    try:
        total = 0
        while len(block := process.read(_BLOCK)):
            total += len(block)
        problem = process.problem()
        if problem:
            seconds = total / process.sample_rate
            problem = f"is damaged or cut short, {seconds:.3f} s can be read (ffmpeg: {problem})"
        return process.sample_rate, process.channels, total, problem
    finally:
        process.close()


class _Process:
    """ffmpeg at work: a WAV of floats comes from it."""

    def __init__(self, path: Path, ending: str) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 closed with the process
        reader = (_BY_ENDING | _ALSO)[ending]
        with signals_held():  # whoever reads is interrupted, and then ends it
            self._process = subprocess.Popen(
                [
                    "ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error",
                    "-protocol_whitelist", "file,pipe", "-format_whitelist", reader,
                    "-i", b"file:" + os.fsencode(os.path.abspath(path)),
                    "-map", "0:a:0", "-c:a", "pcm_f32le", "-bitexact", "-map_metadata", "-1",
                    "-f", "wav", "pipe:1",
                ],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._errors,
            )  # fmt: skip
        try:
            self.sample_rate, self.channels = self._head()
        except AudioError:
            self.close()
            raise

    def read(self, num_samples: int) -> np.ndarray:
        """The next samples, (time, channel) float32."""
        width = 4 * self.channels
        data = self._take(num_samples * width)
        data = data[: len(data) - len(data) % width]
        return np.frombuffer(data, "<f4").reshape(-1, self.channels)

    def problem(self) -> str:
        """What ffmpeg complained of, in its words, once it has ended."""
        self._process.wait()
        self._errors.seek(0)
        lines = self._errors.read(1 << 12).decode("utf-8", "replace").splitlines()
        if lines:
            return lines[0].partition("] ")[2] or lines[0]
        return f"status {self._process.returncode}" if self._process.returncode else ""

    def close(self) -> None:
        """End it, wherever it is."""
        self._process.kill()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process.wait()
        self._errors.close()

    def _head(self) -> tuple[int, int]:
        """Rate and channels, from what comes before the samples."""
        self._take(12)
        found = (0, 0)
        while len(head := self._take(8)) == 8:
            name, length = struct.unpack("<4sI", head)
            if name == b"data" and min(found) > 0:
                return found
            if length > _LARGEST_CHUNK:
                break
            body = self._take(length + length % 2)
            if name == b"fmt " and len(body) >= 16:
                channels, rate = struct.unpack_from("<2xHI", body)
                found = rate, channels
        raise AudioError(f"cannot be read (ffmpeg: {self.problem() or 'no sound in it'})")

    def _take(self, count: int) -> bytes:
        assert self._process.stdout is not None
        data = b""
        with contextlib.suppress(ValueError):
            data = self._process.stdout.read(count)
        return data
