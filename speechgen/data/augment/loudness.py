"""Loudness: root mean square, and the active speech level, which ignores pauses."""

from __future__ import annotations

import numpy as np

_FRAME_SECONDS = 0.032
_MARGIN_DB = 15.9
_LOUDEST_PEAK = 0.98


def rms(wave: np.ndarray) -> float:
    """Root mean square of a (time,) wave, full scale at 1."""
    if wave.size == 0:
        return 0.0
    wave = np.ascontiguousarray(wave, dtype=np.float32)
    return float(np.sqrt(np.dot(wave, wave) / wave.size))


def active_rms(wave: np.ndarray, sample_rate: int) -> float:
    """Root mean square over the frames in which somebody speaks.

    A frame (32 ms) is active if its level is at most 15.9 dB below the level of the active
    frames, found by iteration: the margin and the fixed point of ITU-T P.56 (1993), method B,
    with frames in the place of its envelope.

    Parameters
    ----------
    wave
        (time,).
    sample_rate
        In Hz.

    Returns
    -------
    float
        0 for silence; the plain root mean square for less than one frame.
    """
    frame = max(int(_FRAME_SECONDS * sample_rate), 1)
    count = wave.shape[-1] // frame
    if count == 0:
        return rms(wave)
    frames = np.ascontiguousarray(wave[: count * frame], dtype=np.float32).reshape(count, frame)
    power = np.einsum("ij,ij->i", frames, frames) / frame
    ratio = 10 ** (-_MARGIN_DB / 10)
    active = power
    for _ in range(20):
        kept = power[power >= active.mean() * ratio]
        if len(kept) == len(active):
            break
        active = kept
    return float(np.sqrt(active.mean()))


def db(ratio: float) -> float:
    """An amplitude ratio in dB."""
    return 20 * float(np.log10(max(ratio, 1e-12)))


def amplitude(level_db: float) -> float:
    """The amplitude ratio of a level in dB."""
    return float(10 ** (level_db / 20))


def level_gain(level: float, peak: float, wanted_db: float | None) -> float:
    """The factor that brings an active level to ``wanted_db``, less where the peak would clip.

    Parameters
    ----------
    level, peak
        Active level and largest magnitude, full scale at 1.
    wanted_db
        dB relative to full scale; None for as it is.
    """
    if wanted_db is None or level <= 0.0 or peak <= 0.0:
        return 1.0
    return min(amplitude(wanted_db) / level, _LOUDEST_PEAK / peak)


def wave_gain(wave: np.ndarray, sample_rate: int, wanted_db: float | None) -> float:
    """:func:`level_gain` of a (time,) wave."""
    if wanted_db is None or wave.size == 0:
        return 1.0
    return level_gain(active_rms(wave, sample_rate), float(np.abs(wave).max()), wanted_db)


def scale_to_snr(
    speech: np.ndarray, noise: np.ndarray, sample_rate: int, snr_db: float
) -> np.ndarray:
    """Scale ``noise`` so that the speech is ``snr_db`` above it.

    The signal-to-noise ratio is active speech level over root mean square of the noise.

    Parameters
    ----------
    speech, noise
        (time,) of one length.
    sample_rate
        In Hz.
    snr_db
        In dB.

    Returns
    -------
    ndarray
        The noise, scaled; zeros where either is silent.
    """
    loudness, noisiness = active_rms(speech, sample_rate), rms(noise)
    if loudness == 0 or noisiness == 0:
        return np.zeros_like(noise)
    return noise * np.float32(loudness / noisiness / amplitude(snr_db))
