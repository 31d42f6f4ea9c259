"""Sound files in memory: utterances to bytes of one, and bytes of one to utterances."""

from __future__ import annotations

import io

import numpy as np

from speechgen.audio import info, mix_down
from speechgen.audio.writing import quantise
from speechgen.data.datasets.packing import Source, read_source
from speechgen.errors import AudioError

#: endings of members that are sound, and those of files that go into a shard as they are
SOUNDS = (".flac", ".wav", ".ogg", ".opus", ".mp3")
_EXACT = ("PCM", "FLOAT", "DOUBLE")  # FLAC is PCM, too
_DEEP = ("PCM_24", "PCM_32", "FLOAT", "DOUBLE")


def encoded(source: Source, form: str) -> tuple[bytes, str]:
    """A sound file's bytes and its ending.

    Parameters
    ----------
    source
        The utterance.
    form
        ``flac`` or ``wav``: its samples, in 24 bits where the file has more than 16, else in 16;
        ``keep``: the file as it is, or FLAC where it is a stretch of one or of another kind.

    Raises
    ------
    AudioError
        It cannot be read.
    """
    facts = info(source.path)
    ending = source.path.suffix.lower()
    if form == "keep" and source.end_seconds is None and ending in SOUNDS:
        data = source.path.read_bytes()
        if len(decoded(data, str(source.path))[0]) == facts.num_samples:
            return data, ending
    form = "flac" if form == "keep" else form
    subtype = "PCM_24" if facts.subtype in _DEEP else "PCM_16"
    wave, rate = read_source(source)
    out = io.BytesIO()
    import soundfile

    soundfile.write(out, quantise(wave, subtype).T, rate, subtype=subtype, format=form.upper())
    return out.getvalue(), f".{form}"


def decoded(data: bytes, name: str) -> tuple[np.ndarray, int]:
    """The mean of the channels, (time,) float32, and the rate in Hz.

    Raises
    ------
    AudioError
        The bytes are no sound, have none, hold NaN or infinity, or channels that cancel each
        other; ``name`` says whose they are.
    """
    import soundfile

    try:
        wave, rate = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, TypeError) as error:
        raise AudioError(f"{name}: cannot be read as sound ({error})") from error
    if not len(wave):
        raise AudioError(f"{name}: holds no samples")
    if not np.isfinite(wave).all():
        raise AudioError(f"{name}: holds NaN or infinity; repair or drop it")
    return mix_down(np.ascontiguousarray(wave.T), name), int(rate)


def decoded_part(data: bytes, name: str, start: int, num_samples: int) -> np.ndarray | None:
    """A stretch of what :func:`decoded` gives, bit by bit, without the rest.

    None where the coding lets nobody begin anywhere.

    Raises
    ------
    AudioError
        The stretch cannot be decoded.
    """
    import soundfile

    try:
        with soundfile.SoundFile(io.BytesIO(data)) as sound:
            if not sound.subtype.startswith(_EXACT):
                return None
            sound.seek(start)
            wave = sound.read(num_samples, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, TypeError) as error:
        raise AudioError(f"{name}: cannot be read as sound ({error})") from error
    if len(wave) < num_samples or not np.isfinite(wave).all():
        raise AudioError(f"{name}: is damaged after sample {start}; copy it again")
    return np.ascontiguousarray(wave.T).mean(axis=0)
