"""Properties of an audio file, and whether all of its sound is there."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from speechgen.audio.examining import examine
from speechgen.audio.ffmpeg import FfmpegSound, has_ffmpeg, is_foreign, may_be_foreign
from speechgen.audio.layout import Layout
from speechgen.audio.pipes import copied, is_pipe
from speechgen.errors import AudioError, DamagedAudioError

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
_LOSSY_SUBTYPES = {
    "VORBIS", "OPUS", "MPEG_LAYER_I", "MPEG_LAYER_II", "MPEG_LAYER_III", "FFMPEG", "GSM610",
    "G721_32", "G723_24", "G723_40", "NMS_ADPCM_16", "NMS_ADPCM_24", "NMS_ADPCM_32", "VOX_ADPCM",
}  # fmt: skip


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
        Samples of each channel that are there.
    format
        Container, in libsndfile's words: WAV, WAVEX, RF64, FLAC, OGG, MP3, ...
    subtype
        Coding of the samples: PCM_16, PCM_24, FLOAT, VORBIS, OPUS, ...; FFMPEG where that decodes.
    tags
        Title, artist and the like, as far as the file has them.
    damage
        What is missing and where; empty for a file that is whole.
    note
        What is odd and yet no damage.
    """

    path: Path
    sample_rate: int
    channels: int
    num_samples: int
    format: str
    subtype: str
    tags: dict[str, str] = field(default_factory=dict)
    damage: str = ""
    note: str = ""

    @property
    def duration_seconds(self) -> float:
        """Length in seconds."""
        return self.num_samples / self.sample_rate

    @property
    def is_lossy(self) -> bool:
        """Whether the coding threw information away, and would again (MP3, Vorbis, Opus, GSM)."""
        return self.subtype in _LOSSY_SUBTYPES

    @property
    def needs_double(self) -> bool:
        """Whether the samples have more digits than float32 keeps (32-bit integers, doubles)."""
        return self.subtype in ("PCM_32", "DOUBLE")


class Sound(Protocol):
    """Samples that can be read forwards, and from any place."""

    sample_rate: int
    channels: int
    format: str
    subtype: str
    tags: dict[str, str]
    damage: str

    @property
    def num_samples(self) -> int:
        """Samples of each channel."""
        ...

    @property
    def position(self) -> int:
        """The next sample."""
        ...

    def read(self, num_samples: int, dtype: Any) -> tuple[np.ndarray, str]:
        """The next ``num_samples``, (time, channel), fewer where it ends or is damaged; and why."""
        ...

    def seek(self, start: int) -> None:
        """Go to sample ``start``."""
        ...

    def skip_damage(self) -> int:
        """Go to the next place behind damage; the samples that are passed over, 0 if none."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class Opened(NamedTuple):
    """An open sound, what is odd about its file, and where the bytes of that are."""

    sound: Sound
    note: str
    content: Path


def info(path: str | Path, *, salvage: bool = False, content: Path | None = None) -> AudioInfo:
    """Facts of a sound file, from its header; where that cannot be trusted, from its samples.

    Parameters
    ----------
    salvage
        Whether a file that is cut short will do; ``damage`` then says what is missing.
    content
        Where the bytes of the file are, if elsewhere (the copy of a pipe).

    Raises
    ------
    AudioError
        The file is missing, a folder, empty, no audio or without samples.
    DamagedAudioError
        It is cut short, and ``salvage`` is false.
    """
    with contextlib.ExitStack() as stack:
        return describe(open_sound(path, stack, content), path, salvage=salvage)


def open_sound(
    path: str | Path, stack: contextlib.ExitStack, content: Path | None = None
) -> Opened:
    """Open ``path`` until ``stack`` is left; say in one line why not."""
    path = Path(path)
    if content is None:
        _check_file(path)
        content = stack.enter_context(copied(path)) if is_pipe(path) else path
    try:
        if content.stat().st_size == 0:
            raise AudioError(f"{path}: is empty (0 bytes); record or copy it again")
        layout = examine(content)
        sound = _open(path, content, layout)
    except OSError as error:
        raise AudioError(f"{path}: cannot be read ({error.strerror})") from error
    stack.callback(sound.close)
    return Opened(sound, layout.note, content)


def describe(opened: Opened, path: str | Path, *, salvage: bool) -> AudioInfo:
    """Facts of an open sound."""
    sound = opened.sound
    if sound.damage and (not salvage or sound.num_samples <= 0):
        raise DamagedAudioError(f"{path}: {sound.damage}; copy it again")
    if sound.num_samples <= 0:
        raise AudioError(f"{path}: holds no samples; record or export it again")
    tags = {name: sound.tags[name] for name in TAG_NAMES if sound.tags.get(name)}
    return AudioInfo(
        path=Path(path),
        sample_rate=sound.sample_rate,
        channels=sound.channels,
        num_samples=sound.num_samples,
        format=sound.format,
        subtype=sound.subtype,
        tags=tags,
        damage=sound.damage,
        note=opened.note,
    )


def _open(path: Path, content: Path, layout: Layout) -> Sound:
    import soundfile

    from speechgen.audio.sounds import SoundfileSound

    try:
        return SoundfileSound(content, layout)
    except (soundfile.LibsndfileError, TypeError) as error:
        # TypeError: soundfile wants a sample rate for names it takes for headerless audio
        reason = getattr(error, "error_string", "headerless audio").rstrip(".")
        found = _by_ffmpeg(path, content)
        if found is not None:
            return found
        if layout.damage:
            raise DamagedAudioError(
                f"{path}: {layout.damage}; what is there cannot be read either ({reason})"
            ) from error
        raise AudioError(
            f"{path}: is not audio that can be read ({reason}); "
            "give a wav, flac, ogg, opus, mp3 or similar file"
        ) from error
    except AudioError as error:
        raise type(error)(f"{path}: {error}") from error


def _by_ffmpeg(path: Path, content: Path) -> Sound | None:
    """The sound as ffmpeg decodes it; None for what may be no sound at all."""
    if has_ffmpeg() and may_be_foreign(path):
        try:
            return FfmpegSound(content, path.suffix)
        except AudioError as error:
            if is_foreign(path):
                raise AudioError(f"{path}: {error}") from error
    elif is_foreign(path):
        raise AudioError(f"{path}: install the program ffmpeg to read it, or convert it to wav")
    return None


def _check_file(path: Path) -> None:
    if not path.exists():
        raise AudioError(f"{path}: no such file; check the name")
    if path.is_dir():
        raise AudioError(f"{path}: is a folder, not a sound file")
    if not path.is_file() and not is_pipe(path):
        raise AudioError(f"{path}: is a device or a socket, not a sound file")
