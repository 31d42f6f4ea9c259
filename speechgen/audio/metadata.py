"""What a file says of its sound besides the samples, carried into another file of its kind."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any, Protocol

from speechgen.audio.chunks import read_chunks
from speechgen.audio.flac_blocks import read_blocks


class Metadata(Protocol):
    """Parts of a file that stay true when its samples change."""

    @property
    def num_bytes(self) -> int:
        """How much longer they make a file."""
        ...

    @property
    def hold_texts(self) -> bool:
        """Whether title, artist and the like are among them."""
        ...

    def fit(self, container: str) -> bool:
        """Whether a file of this kind, in libsndfile's words, takes them."""
        ...

    def add_to(self, path: Path) -> None:
        """Put them into a finished file."""
        ...


def read_metadata(path: str | Path) -> Metadata | None:
    """What is to be carried over from a WAV, RF64, AIFF or FLAC file; None if nothing is.

    Whatever is damaged is left out: it is the samples that must be whole.
    """
    with contextlib.suppress(OSError):
        if os.path.isfile(path):
            with Path(path).open("rb") as file:
                head = file.read(12)
                if head[:4] in (b"RIFF", b"RF64") and head[8:] == b"WAVE":
                    return read_chunks(file, head)
                if head[:4] == b"FORM" and head[8:] in (b"AIFF", b"AIFC"):
                    return read_chunks(file, head)
                if head[:4] == b"fLaC":
                    return read_blocks(file)
    return None


def texts_of(sound: Any) -> dict[str, str]:
    """Title, artist and the like of an open :class:`soundfile.SoundFile`, as it has them."""
    return {name: _text_of(sound, name) for name in sound.copy_metadata()}


def _text_of(sound: Any, name: str) -> str:
    """A text in UTF-8, or in Windows' code page 1252 where it is not."""
    text = str(getattr(sound, name))
    if "\N{REPLACEMENT CHARACTER}" not in text:
        return text
    import soundfile

    with contextlib.suppress(AttributeError):  # soundfile's own: it decodes as UTF-8 only
        raw = soundfile._snd.sf_get_string(sound._file, soundfile._str_types[name])
        data = bytes(soundfile._ffi.string(raw))
        with contextlib.suppress(UnicodeDecodeError):
            return data.decode("utf-8")
        return data.decode("cp1252", "replace")
    return text
