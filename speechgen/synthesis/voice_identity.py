"""What a voice is, as a hash: so that a recording that has changed is not taken for what it was.

Sources are hashed and not the vector that comes of them, of which the last bits depend on the
machine: work can be gone on with on another one.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from speechgen.audio import to_array
from speechgen.errors import DataError
from speechgen.files import file_sha256
from speechgen.synthesis.hearing import recordings_of
from speechgen.synthesis.mixtures import parts_of
from speechgen.synthesis.vector_files import is_vector_file, split_key
from speechgen.synthesis.voice_file import VOICE_SUFFIX
from speechgen.synthesis.voices import Reference, Voice, is_recording, unknown_voice


@dataclass(frozen=True)
class VoiceIdentity:
    """What tells a voice from others.

    Attributes
    ----------
    digest
        In hexadecimal digits.
    by_name
        Whether it consists of voices that the model knows by name, which the weights tell.
    """

    digest: str
    by_name: bool


def identity_of(
    voice: Voice, network: Any, strength: float, encoder: Callable[[], str]
) -> VoiceIdentity:
    """The identity of ``voice`` for a synthesiser.

    Parameters
    ----------
    voice
        As :func:`speechgen.synthesis.speaker_vector` takes it.
    network
        Its speaker table.
    strength
        How much of the average spectrum of recordings is taken on.
    encoder
        Gives the hash of what recordings are heard by; asked where there are any.

    Raises
    ------
    SpeechgenError
        There is no such voice.
    """
    parts, by_name = [], True
    for part, weight in parts_of(voice, network.speakers):
        if isinstance(part, str | os.PathLike) and str(part) in network.speakers:
            source: list[object] = ["name", str(part)]
        else:
            source, by_name = _source(part, network, strength, encoder), False
        parts.append([*source, weight])
    return VoiceIdentity(digest_of(parts), by_name)


def file_digest(path: Path) -> str:
    """The hash of a file's content (DataError where it cannot be read)."""
    try:
        return file_sha256(path)[:32]
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error


def digest_of(values: Any) -> str:
    """The hash of plain values."""
    text = json.dumps(values, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32]


def _source(
    part: Reference, network: Any, strength: float, encoder: Callable[[], str]
) -> list[object]:
    """What a voice is made of that is no name."""
    if not isinstance(part, str | os.PathLike):
        vector = np.asarray(to_array(part, "the vector given"), np.float64)
        return ["vector", hashlib.sha256(vector.tobytes()).hexdigest()]
    path, key = split_key(part)
    if is_vector_file(path):
        matched = strength if path.suffix.lower() == VOICE_SUFFIX else None
        return ["file", file_digest(path), key, matched]
    if not is_recording(part, network):
        raise unknown_voice(str(part), network)
    files = [file_digest(file) for file in recordings_of(Path(part))]
    return ["recordings", files, strength, encoder()]
