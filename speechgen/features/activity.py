"""How much of a recording is sound that a voice could be in.

A speaker encoder gives a vector of unit length whatever it hears: silence, a click and a hum have
voices too, and they are as near to one speaker as to the next. Of less than 0.2 s of speech the
shipped encoder's vector is still closer to chance than to the speaker (of 0.1 s its cosine with the
same speaker is that with any other), and 0.1 s is the shortest that it takes without repeating.
"""

from __future__ import annotations

import numpy as np

from speechgen.audio import as_mono, check_rate
from speechgen.errors import NoVoiceError
from speechgen.features.spectral_change import stands_still

SHORTEST_SECONDS = 0.1  # of sound in a recording
VOICE_SECONDS = 1.0  # of speech in all recordings of a voice
_TOO_SHORT = f"; a voice takes {SHORTEST_SECONDS} s of speech at least, better some seconds"
_FRAME_SECONDS, _HOP_SECONDS = 0.02, 0.01
_RANGE_DB = 30.0  # below the loudest frame; speech without its pauses spans less
_FLOOR_DB = -90.0  # of full scale: one step of 16 bits, where only rounding is left
_STEADY_DB = 1.5  # between the loud and the quiet of noise or hum that never changes; speech: 5
_STEADY_SECONDS = 0.5  # from which on that can be told


def active_seconds(wave: np.ndarray, sample_rate: int) -> float:
    """Seconds of ``wave`` (time,) that are not silence.

    Frames of 20 ms count where their level, without an offset, is above -90 dB of full scale and
    within 30 dB of the loudest frame.
    """
    levels = _levels_db(as_mono(wave), check_rate(sample_rate))
    return _seconds(_active(levels))


def active_frames(wave: np.ndarray, sample_rate: int) -> np.ndarray:
    """Which frames, every 10 ms, :func:`active_seconds` counts: (frame,) of bool."""
    levels = _levels_db(as_mono(wave), check_rate(sample_rate))
    return np.asarray(levels > _threshold_db(levels))


def is_silent(wave: np.ndarray, sample_rate: int) -> bool:
    """Whether no frame of ``wave`` (time,) is above -90 dB of full scale."""
    return not len(_active(_levels_db(as_mono(wave), check_rate(sample_rate))))


def check_voice(wave: np.ndarray, sample_rate: int, name: str = "the recording") -> None:
    """Refuse what no voice can be heard in.

    Raises
    ------
    NoVoiceError
        Silence, less than 0.1 s of sound, noise or a hum that never changes, or a tone, a chord or
        a buzz, whose spectrum stands still.
    """
    wave = as_mono(wave, name)
    if len(wave) < _FRAME_SECONDS * check_rate(sample_rate):
        raise NoVoiceError(f"{name}: lasts {len(wave) / sample_rate:.3f} s{_TOO_SHORT}")
    levels = _active(_levels_db(wave, sample_rate))
    seconds = min(_seconds(levels), np.size(wave) / sample_rate)
    if not len(levels):
        raise NoVoiceError(f"{name}: is silent, below {_FLOOR_DB:.0f} dB; there is no voice in it")
    if seconds < SHORTEST_SECONDS:
        raise NoVoiceError(f"{name}: holds {seconds:.2f} s of sound{_TOO_SHORT}")
    if seconds >= _STEADY_SECONDS and np.ptp(np.quantile(levels, (0.1, 0.95))) < _STEADY_DB:
        raise NoVoiceError(
            f"{name}: is a noise or a hum that never changes; there is no voice in it"
        )
    if stands_still(wave, sample_rate):
        raise NoVoiceError(
            f"{name}: is a tone, a chord or a buzz, whose spectrum stands still, and no speech; "
            "give a recording of somebody who speaks"
        )


def check_enough(seconds: float, name: str) -> None:
    """Refuse so little speech that a vector of it would be nobody's in particular.

    Parameters
    ----------
    seconds
        Of sound, in all recordings of a voice.

    Raises
    ------
    NoVoiceError
        Less than 1 s.
    """
    if seconds < VOICE_SECONDS:
        raise NoVoiceError(
            f"{name}: holds {seconds:.2f} s of speech; a voice takes {VOICE_SECONDS:.0f} s at"
            " least, better 5; give more recordings of it"
        )


def _levels_db(wave: np.ndarray, sample_rate: int) -> np.ndarray:
    """Levels of frames of 20 ms every 10 ms, (frame,), of what is not constant in each."""
    size, hop = round(_FRAME_SECONDS * sample_rate), round(_HOP_SECONDS * sample_rate)
    if len(wave) < size:
        wave = np.pad(wave, (0, size - len(wave)), mode="edge")
    frames = np.lib.stride_tricks.sliding_window_view(wave, size)[::hop]
    return np.asarray(10 * np.log10(frames.var(axis=1, dtype=np.float64) + 1e-15))


def _active(levels_db: np.ndarray) -> np.ndarray:
    return levels_db[levels_db > _threshold_db(levels_db)]


def _threshold_db(levels_db: np.ndarray) -> float:
    return max(float(levels_db.max()) - _RANGE_DB, _FLOOR_DB)


def _seconds(levels_db: np.ndarray) -> float:
    """Seconds that active frames cover."""
    return (len(levels_db) + 1) * _HOP_SECONDS if len(levels_db) else 0.0
