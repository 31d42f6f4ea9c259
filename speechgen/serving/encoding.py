"""Waves to bytes of a sound file, as they come or as a whole.

A file that is streamed has no way back: what an encoder would write into its head at the end is
left out. A WAV then states no length, as in a pipe, and so does a FLAC; an MP3 is without the frame
that counts the others.
"""

from __future__ import annotations

from typing import IO, Any, Literal

import numpy as np

from speechgen.audio.raw_pcm import RawFormat
from speechgen.audio.writing import quantise
from speechgen.serving.problems import Problem
from speechgen.synthesis.speech_output import wav_head

Format = Literal["mp3", "opus", "flac", "wav", "pcm"]
MEDIA_TYPES: dict[str, str] = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
_CONTAINERS = {
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "opus": ("OGG", "OPUS"),
    "flac": ("FLAC", "PCM_16"),
    "wav": ("WAV", "PCM_16"),
}
_RATES = {  # Hz, where a format takes few
    "opus": (8000, 12000, 16000, 24000, 48000),
    "mp3": (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000),
}
_MOST_CHANNELS = {"mp3": 2, "flac": 8}
# One rate of bits throughout, by which players that find no count of frames know the length.
_CODING: dict[str, dict[str, Any]] = {"mp3": {"bitrate_mode": "CONSTANT", "compression_level": 0.5}}
_PIECE_SAMPLES = 1 << 16
_MPEG_HEAD_BYTES = 4


def check_rate_of(form: str, sample_rate: int) -> None:
    """Refuse a rate (Hz) that a format does not have."""
    rates = _RATES.get(form, ())
    if rates and sample_rate not in rates:
        raise Problem(
            400, f"{form} has no {sample_rate} Hz; it has {', '.join(map(str, rates))}",
            code="invalid_value", param="sample_rate",
        )  # fmt: skip


def rate_for(form: str, sample_rate: int) -> int:
    """The rate (Hz) at which sound of a rate is written: 48 kHz where the format lacks its own."""
    rates = _RATES.get(form)
    return sample_rate if rates is None or sample_rate in rates else 48000


def check_channels(form: str, channels: int) -> None:
    """Refuse more channels than a format takes."""
    most = _MOST_CHANNELS.get(form, 255)
    if channels > most:
        raise Problem(
            422, f"the recording has {channels} channels, {form} at most {most}; ask for wav",
            code="too_many_channels", param="response_format",
        )  # fmt: skip


class FileEncoder:
    """A sound file into something that can be written and sought, 16 bit where nothing is said.

    Parameters
    ----------
    file
        Open for reading and writing; left open.
    form
        One of :data:`MEDIA_TYPES`.
    sample_rate, channels
        Of the waves.
    container, subtype
        In libsndfile's words, in place of those that go with ``form``.
    """

    def __init__(
        self,
        file: IO[bytes] | Outlet,
        form: str,
        sample_rate: int,
        channels: int = 1,
        container: str | None = None,
        subtype: str | None = None,
    ) -> None:
        import soundfile

        self._file = file
        self._raw = RawFormat(sample_rate, channels, "s16le") if form == "pcm" else None
        self._sound: Any = None
        if self._raw is None:
            usual = _CONTAINERS[form]
            self._subtype = subtype or usual[1]
            self._sound = soundfile.SoundFile(
                file, "w", samplerate=sample_rate, channels=channels,
                format=container or usual[0], subtype=self._subtype, **_CODING.get(form, {}),
            )  # fmt: skip

    def write(self, wave: np.ndarray) -> None:
        """Append (channel, time)."""
        for start in range(0, wave.shape[1], _PIECE_SAMPLES):
            piece = wave[:, start : start + _PIECE_SAMPLES]
            if self._raw is not None:
                self._file.write(self._raw.encode(piece))
            else:
                self._sound.write(quantise(piece, self._subtype).T)

    def close(self) -> None:
        """Write the end."""
        if self._sound is not None:
            self._sound.close()


class StreamEncoder:
    """A wave (time,), one channel of 16 bit, to the bytes of a sound file as they come."""

    def __init__(self, form: str, sample_rate: int) -> None:
        self._outlet = Outlet()
        self._raw = RawFormat(sample_rate, 1, "s16le") if form in ("pcm", "wav") else None
        self._encoder: FileEncoder | None = None
        if self._raw is None:
            self._encoder = FileEncoder(self._outlet, form, sample_rate)
        elif form == "wav":
            self._outlet.write(wav_head(self._raw))
        self._form, self._begun = form, False

    def encode(self, wave: np.ndarray) -> bytes:
        """The bytes that are certain by now; there may be none."""
        if self._raw is not None:
            self._outlet.write(self._raw.encode(wave[None]))
        elif self._encoder is not None:
            self._encoder.write(wave[None])
        return self._taken()

    def finish(self) -> bytes:
        """The rest."""
        if self._encoder is not None:
            self._encoder.close()
        return self._taken()

    def _taken(self) -> bytes:
        if self._form == "mp3" and not self._begun:
            # The first frame has nothing but a head: at the end it would be filled with counts.
            self._begun = self._outlet.drop_empty_frame()
            if not self._begun:
                return b""
        return self._outlet.take()


class Outlet:
    """What libsndfile takes for a file, of which only the end can be written."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._place = self._end = 0

    def write(self, data: bytes | memoryview) -> int:
        """Append; what goes before the end is left out."""
        piece = bytes(data)
        if self._place == self._end:
            self._waiting += piece
            self._end += len(piece)
        self._place += len(piece)
        return len(piece)

    def take(self) -> bytes:
        """What was appended since the last call."""
        data = bytes(self._waiting)
        self._waiting.clear()
        return data

    def drop_empty_frame(self) -> bool:
        """Leave out an MPEG frame of zeros, if what follows it is there; whether it is."""
        rest = self._waiting[_MPEG_HEAD_BYTES:].lstrip(b"\0")
        if rest:
            self._waiting = rest
        return bool(rest)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go somewhere, as files do."""
        self._place = (0, self._place, self._end)[whence] + offset
        return self._place

    def tell(self) -> int:
        """Where that is."""
        return self._place

    def read(self, count: int = -1) -> bytes:
        """Nothing: it is written only."""
        return b""
