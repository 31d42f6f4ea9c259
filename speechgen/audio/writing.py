"""Writing audio files: bit-exact for unchanged samples, atomic."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from speechgen.audio.arrays import as_waves, check_chunk, check_rate
from speechgen.audio.containers import TAG_NAMES
from speechgen.audio.metadata import Metadata
from speechgen.errors import OutputError
from speechgen.files import atomic_path, is_stream, put_in_place, refusal, why_refused

WAV_LIMIT_BYTES = (1 << 32) - (1 << 20)  # what a 32-bit size can say, less room for other chunks
_PIECE_SAMPLES = 1 << 19  # at a time: libsndfile's Vorbis coder crashes on very long blocks
_BITS = {"PCM_S8": 8, "PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}
_BYTES = {"FLOAT": 4, "DOUBLE": 8, "ULAW": 1, "ALAW": 1} | {k: v // 8 for k, v in _BITS.items()}
# Coders that turn what is beyond full scale into its opposite, with the level that is safe: the
# predictors of some overshoot, and their decoders wrap then.
_SAFE_LEVELS = {
    **dict.fromkeys(("ULAW", "ALAW", "IMA_ADPCM", "MS_ADPCM", "VOX_ADPCM", "GSM610"), 1.0),
    **dict.fromkeys(("DPCM_8", "DPCM_16", "DWVW_12", "DWVW_16", "DWVW_24"), 1.0),
    **dict.fromkeys(("G721_32", "G723_24", "G723_40"), 0.8),
    **dict.fromkeys(("NMS_ADPCM_16", "NMS_ADPCM_24", "NMS_ADPCM_32"), 0.8),
}
_FORMATS = {
    ".wav": "WAV",
    ".wave": "WAV",
    ".flac": "FLAC",
    ".ogg": "OGG",
    ".oga": "OGG",
    ".opus": "OGG",
    ".mp3": "MP3",
    ".aif": "AIFF",
    ".aiff": "AIFF",
    ".au": "AU",
    ".caf": "CAF",
    ".w64": "W64",
    ".rf64": "RF64",
}


class AudioWriter:
    """A sound file being written, for use in a ``with`` block.

    Samples go to a temporary file beside ``path``, which takes its name when the block ends well
    and all of them are on the disk; otherwise nothing is left. Integer formats get
    round(sample * full scale), cut at full scale and not wrapped, so blocks of
    :class:`AudioReader` come back bit by bit. A pipe or device gets the whole file at the end.

    Parameters
    ----------
    path
        The file to write.
    sample_rate
        In Hz.
    channels
        Number of channels.
    format, subtype
        In libsndfile's words, as in :class:`AudioInfo`. A WAV that outgrows 4 GiB becomes RF64.
    tags
        Title, artist and the like, as in :class:`AudioInfo`.
    overwrite
        Whether an existing file may be replaced.
    total_samples
        Samples of each channel to come, if known: decides between WAV and RF64 from the start.
    metadata
        Of a file whose sound this is, as :func:`.read_metadata` gives it; where this container
        takes it, it goes before ``tags``.
    when_whole
        Called with the temporary file when all is in it, before it takes its name.

    Raises
    ------
    OutputError
        The file exists, the folder cannot be written, or the format cannot hold such samples.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        sample_rate: int,
        channels: int,
        format: str = "WAV",
        subtype: str = "PCM_16",
        tags: dict[str, str] | None = None,
        overwrite: bool = False,
        total_samples: int | None = None,
        metadata: Metadata | None = None,
        when_whole: Callable[[Path], None] | None = None,
    ) -> None:
        self.path = Path(path)
        self.sample_rate, self.channels = check_rate(sample_rate), int(channels)
        self.format, self.subtype = format, subtype
        self.tags = dict(tags or {})
        self.num_samples = 0
        self._metadata = metadata if metadata is not None and metadata.fit(format) else None
        if self._metadata is not None and self._metadata.hold_texts:
            self.tags = {}
        self._overwrite, self._when_whole = overwrite, when_whole
        self._stack = contextlib.ExitStack()
        if self._too_big(total_samples or 0):
            self.format = "RF64"

    def __enter__(self) -> AudioWriter:
        with contextlib.ExitStack() as stack:
            self._temporary = stack.enter_context(atomic_path(self.path, overwrite=self._overwrite))
            self._sound = self._open(self._temporary)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._stack as stack:
            if kind is not None:
                with contextlib.suppress(Exception):  # what ended the block is what is said
                    self._sound.close()
                stack.pop_all().__exit__(kind, error, trace)
                return
            with self._disk_errors():
                self._sound.close()
                self._check_length()
                if self._metadata is not None:
                    self._metadata.add_to(self._temporary)
                    self._check_length()
            if self._when_whole is not None:
                self._when_whole(self._temporary)

    def write(self, wave: np.ndarray) -> None:
        """Append (channel, time) samples.

        Raises
        ------
        AudioError
            Another number of channels, or NaN or infinity.
        OutputError
            The disk refuses.
        """
        wave = check_chunk(wave, self.channels, f"{self.path}: the wave")
        if self._too_big(self.num_samples + wave.shape[1]):
            with self._disk_errors():
                self._turn_into_rf64()
        with self._disk_errors():
            for start in range(0, wave.shape[1], _PIECE_SAMPLES):
                piece = wave[:, start : start + _PIECE_SAMPLES]
                self._sound.write(quantise(piece, self.subtype).T)
        self.num_samples += wave.shape[1]

    def _open(self, path: Path) -> Any:
        import soundfile

        try:
            sound = soundfile.SoundFile(
                os.fsencode(path),
                "w",
                samplerate=self.sample_rate,
                channels=self.channels,
                format=self.format,
                subtype=self.subtype,
            )
        except (soundfile.LibsndfileError, ValueError) as error:
            if reason := why_refused(path):
                raise OutputError(f"{self.path}: cannot be written ({reason})") from error
            raise OutputError(
                f"{self.path}: {self.format}/{self.subtype} cannot hold {self.channels} channels "
                f"at {self.sample_rate} Hz ({error}); choose another format"
            ) from error
        for name in TAG_NAMES:
            if self.tags.get(name):
                with contextlib.suppress(soundfile.LibsndfileError):  # formats without such a tag
                    setattr(sound, name, self.tags[name])
        return sound

    @contextlib.contextmanager
    def _disk_errors(self) -> Iterator[None]:
        """Say why the disk refuses, which libsndfile does not."""
        import soundfile

        try:
            yield
        except OSError as error:
            raise OutputError(f"{self.path}: cannot be written ({refusal(error)})") from error
        except (soundfile.LibsndfileError, AssertionError) as error:  # by a part: an assertion
            raise self._lost() from error

    def _lost(self) -> OutputError:
        reason = why_refused(self._temporary) or "the disk lost a part of it; try again"
        return OutputError(f"{self.path}: cannot be written ({reason})")

    def _check_length(self) -> None:
        """Look for the last sample: what is lost when a file is closed, libsndfile does not say.

        Codings in blocks and some containers hold a few more.
        """
        import soundfile

        if not self.num_samples:
            return
        with soundfile.SoundFile(os.fsencode(self._temporary)) as sound:
            there = sound.frames >= self.num_samples
            if there and sound.seekable():
                sound.seek(self.num_samples - 1)
                there = len(sound.read(1)) == 1
        if not there:
            raise self._lost()

    def _too_big(self, num_samples: int) -> bool:
        size = num_samples * self.channels * _BYTES.get(self.subtype, 4)
        size += 0 if self._metadata is None else self._metadata.num_bytes
        return self.format in ("WAV", "WAVEX") and size > WAV_LIMIT_BYTES

    def _turn_into_rf64(self) -> None:
        """Move what is there into an RF64 file, in bounded memory, and go on in that."""
        import soundfile

        self._sound.close()
        self.format = "RF64"
        dtype = "float64" if self.subtype == "DOUBLE" else "int32"
        dtype = "float32" if self.subtype == "FLOAT" else dtype
        bigger = self._temporary.with_name(self._temporary.name + ".rf64")
        self._stack.callback(bigger.unlink, missing_ok=True)
        with soundfile.SoundFile(os.fsencode(self._temporary)) as old:
            self._sound = self._open(bigger)
            for block in old.blocks(1 << 20, dtype=dtype, always_2d=True):
                self._sound.write(block)
        put_in_place(bigger, self._temporary)  # the open file goes with its new name


def quantise(wave: np.ndarray, subtype: str) -> np.ndarray:
    """Turn float samples into what soundfile writes without changing it.

    Integers of b bits become round(sample * 2**(b-1)) in [-2**(b-1), 2**(b-1) - 1], in the top
    bits of int32; other codings stay float, cut where the coder would wrap.
    """
    bits = _BITS.get(subtype)
    if limit := _SAFE_LEVELS.get(subtype):
        return np.clip(wave, -limit, limit)
    if bits is None:
        return wave
    scale = float(1 << (bits - 1))
    steps = np.clip(np.rint(wave.astype(np.float64) * scale), -scale, scale - 1)
    return steps.astype(np.int32) << (32 - bits)


def is_sound_name(path: str | Path) -> bool:
    """Whether ``path`` ends like a sound file that can be written."""
    return Path(path).suffix.lower() in _FORMATS


def format_of(path: str | Path) -> str:
    """The container that goes with the ending of ``path``; WAV for pipes and devices without one.

    Raises
    ------
    OutputError
        The ending is unknown.
    """
    suffix = Path(path).suffix.lower()
    if not suffix and is_stream(path):
        return "WAV"
    if suffix not in _FORMATS:
        raise OutputError(f"{path}: {suffix or 'no ending'} is not a known sound format; use .wav")
    return _FORMATS[suffix]


def write(
    path: str | Path,
    wave: np.ndarray,
    sample_rate: int,
    *,
    subtype: str = "PCM_16",
    overwrite: bool = False,
) -> None:
    """Write a wave, (time,) or (channel, time), in the format the name of the file asks for.

    Raises
    ------
    OutputError, AudioError
        As :class:`AudioWriter`.
    """
    wave = as_waves(wave)
    with AudioWriter(
        path,
        sample_rate=sample_rate,
        channels=wave.shape[0],
        format=format_of(path),
        subtype=subtype,
        overwrite=overwrite,
        total_samples=wave.shape[1],
    ) as writer:
        writer.write(wave)
