"""Codec augmentation without delay, and clipping."""

from __future__ import annotations

import io
import math

import numpy as np
import scipy.fft
import soundfile

TELEPHONE_HZ = 8000
TELEPHONE_BAND_HZ = (3400.0, 3900.0)  # range of cut-offs below which a telephone passes speech

# name: libsndfile's container and encoding, and whether it works at 8 kHz
CODECS: dict[str, tuple[str, str, bool]] = {
    "mu_law": ("RAW", "ULAW", True),
    "a_law": ("RAW", "ALAW", True),
    "gsm": ("WAV", "GSM610", True),
    "ima_adpcm": ("WAV", "IMA_ADPCM", True),
    "ima_adpcm_wide": ("WAV", "IMA_ADPCM", False),
}


def is_telephone(codec: str) -> bool:
    """Whether ``codec`` works at 8 kHz, so that nothing above 4 kHz passes it."""
    return CODECS[codec][2]


def coded(wave: np.ndarray, sample_rate: int, codec: str) -> np.ndarray:
    """``wave`` encoded and decoded by a codec, without delay.

    G.711 mu-law and A-law, GSM 06.10 full rate and IMA ADPCM as libsndfile has them; none of them
    delays. Telephone codecs work at 8 kHz (or at the rate itself where that is lower).

    Parameters
    ----------
    wave
        (time,) float32, full scale at 1.
    sample_rate
        In Hz.
    codec
        One of ``CODECS``.

    Returns
    -------
    ndarray
        (time,) float32 of the same length.
    """
    container, encoding, telephone = CODECS[codec]
    if telephone and sample_rate > TELEPHONE_HZ:
        low = at_rate(wave, sample_rate, TELEPHONE_HZ)
        through = _through(low, TELEPHONE_HZ, container, encoding)
        return at_rate(through, TELEPHONE_HZ, sample_rate, num_samples=len(wave))
    return _through(wave, sample_rate, container, encoding)


def at_rate(
    wave: np.ndarray, from_rate: int, to_rate: int, *, num_samples: int | None = None
) -> np.ndarray:
    """Resample (time,) by cutting or extending its spectrum; the ends run into each other.

    Parameters
    ----------
    wave
        (time,) float32.
    from_rate, to_rate
        In Hz.
    num_samples
        Of the result; None for as many as begin within the wave.
    """
    common = math.gcd(from_rate, to_rate)
    step, new_step = from_rate // common, to_rate // common
    blocks = scipy.fft.next_fast_len(-(-len(wave) // step), real=True)
    spectrum = scipy.fft.rfft(wave, blocks * step)
    spectrum *= np.float32(new_step / step)
    resampled = scipy.fft.irfft(spectrum, blocks * new_step)
    wanted = -(-len(wave) * new_step // step) if num_samples is None else num_samples
    return resampled[:wanted]


def clipped(wave: np.ndarray, depth_db: float) -> np.ndarray:
    """Cut everything above ``depth_db`` below the peak of (time,)."""
    limit = float(np.abs(wave).max()) * 10 ** (-depth_db / 20)
    return np.clip(wave, -limit, limit)


def _through(wave: np.ndarray, rate: int, container: str, encoding: str) -> np.ndarray:
    memory = io.BytesIO()
    soundfile.write(memory, wave, rate, format=container, subtype=encoding)
    memory.seek(0)
    raw = {"samplerate": rate, "channels": 1, "format": container, "subtype": encoding}
    more = raw if container == "RAW" else {}
    decoded = soundfile.read(memory, dtype="float32", **more)[0]
    whole = np.zeros(len(wave), dtype=np.float32)
    count = min(len(wave), len(decoded))  # codecs with blocks give back whole ones
    whole[:count] = decoded[:count]
    return whole
