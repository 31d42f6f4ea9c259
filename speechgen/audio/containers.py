"""Properties of an audio file from its header, checked against its length."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from speechgen.errors import AudioError

TAG_NAMES = (
    "title",
    "copyright",
    "software",
    "artist",
    "comment",
    "date",
    "album",
    "license",
    "tracknumber",
    "genre",
)
_LOSSY_SUBTYPES = ("VORBIS", "OPUS", "MPEG_LAYER_I", "MPEG_LAYER_II", "MPEG_LAYER_III")
_LONGEST = 1 << 46  # samples; libsndfile gives an absurd count where a stream states none
_OPEN_ENDED = (0, 0xFFFFFFFF)  # data sizes written by programs that could not seek back


@dataclass(frozen=True)
class AudioInfo:
    """Facts about one sound file.

    Parameters
    ----------
    path
        The file.
    sample_rate
        In Hz.
    channels
        Number of channels.
    num_samples
        Samples of each channel.
    format
        Container, in libsndfile's words: WAV, WAVEX, RF64, FLAC, OGG, MP3, ...
    subtype
        Coding of the samples: PCM_16, PCM_24, FLOAT, VORBIS, OPUS, ...
    tags
        Title, artist and the like, as far as the file has them.
    """

    path: Path
    sample_rate: int
    channels: int
    num_samples: int
    format: str
    subtype: str
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def duration_seconds(self) -> float:
        """Length in seconds."""
        return self.num_samples / self.sample_rate

    @property
    def is_lossy(self) -> bool:
        """Whether the coding threw information away (MP3, Vorbis, Opus)."""
        return self.subtype in _LOSSY_SUBTYPES

    @property
    def needs_double(self) -> bool:
        """Whether the samples have more digits than float32 keeps (32-bit integers, doubles)."""
        return self.subtype in ("PCM_32", "DOUBLE")


def info(path: str | Path) -> AudioInfo:
    """Read the header of a sound file and check that the file is as long as it says.

    Raises
    ------
    AudioError
        The file is missing, a folder, empty, no audio, without samples, or cut short.
    """
    with open_sound(path) as sound:
        return describe(sound, path)


def open_sound(path: str | Path) -> Any:
    """Open ``path`` as a :class:`soundfile.SoundFile`; say in one line why if it cannot be."""
    import soundfile

    path = Path(path)
    _check_file(path)
    try:
        return soundfile.SoundFile(os.fsencode(path))  # names need not be UTF-8
    except (soundfile.LibsndfileError, TypeError) as error:
        # TypeError: soundfile wants a sample rate for names it takes for headerless audio
        reason = getattr(error, "error_string", "headerless audio")
        raise AudioError(
            f"{path}: is not audio that can be read ({reason.rstrip('.')}); "
            "give a wav, flac, ogg, opus, mp3 or similar file"
        ) from error


def describe(sound: Any, path: str | Path) -> AudioInfo:
    """Facts of an open :class:`soundfile.SoundFile`."""
    if sound.frames <= 0:
        raise AudioError(f"{path}: holds no samples; record or export it again")
    if sound.frames >= _LONGEST:
        raise AudioError(f"{path}: does not state its length; convert it to wav or flac first")
    tags = {name: getattr(sound, name) for name in TAG_NAMES}
    return AudioInfo(
        path=Path(path),
        sample_rate=sound.samplerate,
        channels=sound.channels,
        num_samples=sound.frames,
        format=sound.format,
        subtype=sound.subtype,
        tags={name: text for name, text in tags.items() if text},
    )


def _check_file(path: Path) -> None:
    if not path.exists():
        raise AudioError(f"{path}: no such file; check the name")
    if path.is_dir():
        raise AudioError(f"{path}: is a folder, not a sound file")
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size == 0:
                raise AudioError(f"{path}: is empty (0 bytes); record or copy it again")
            missing = _missing_bytes(file, size)
    except OSError as error:
        raise AudioError(f"{path}: cannot be read ({error.strerror})") from error
    if missing > 0:
        raise AudioError(
            f"{path}: is cut short, {missing} bytes of its samples are missing; copy it again"
        )


def _missing_bytes(file: BinaryIO, size: int) -> int:
    """How many bytes of samples a RIFF or RF64 header promises beyond the end of the file.

    libsndfile reads such files without a word, so the sizes are checked here. RF64 keeps the true
    size in its ``ds64`` chunk (EBU Tech 3306); a size of 0 or all ones elsewhere means that the
    writer could not know it.
    """
    head = file.read(12)
    if head[:4] not in (b"RIFF", b"RF64") or head[8:12] != b"WAVE":
        return 0
    position, size_of_data = 12, None
    while position + 8 <= size:
        file.seek(position)
        name, length = struct.unpack("<4sI", file.read(8))
        if name == b"ds64" and head[:4] == b"RF64":
            body = file.read(16)
            size_of_data = struct.unpack("<8xQ", body)[0] if len(body) == 16 else None
        if name == b"data":
            if length in _OPEN_ENDED:
                length = size_of_data or 0
            return position + 8 + length - size
        position += 8 + length + length % 2
    return 0
