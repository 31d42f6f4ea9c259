"""Whether the shape of a spectrum moves as that of speech does, or stands still as that of a tone.

Of 24 mel bands every 64 ms, less their mean, the mean change from one to the next is taken in dB,
where both sound. That of speech is seldom small for long, whispered or in noise or not; that of a
tone, a chord or a buzz nearly always is, as loud or soft as it may be.
"""

from __future__ import annotations

import numpy as np

from speechgen.features.spectrum import mel_filters, stft_magnitude

#: the quarter of changes that are least is below this where the spectrum stands still
STILL_DB = 0.55
_LEAST_CHANGES = 8
_HOP_SECONDS, _HOPS = 0.016, 4
_BANDS, _LOWEST_HZ, _HIGHEST = 24, 80.0, 0.475  # the last of the sample rate
_RANGE_DB, _FLOOR_DB = 30.0, 50.0  # below the loudest stretch, and below its loudest band
_BLOCK_SECONDS = 64


def stands_still(wave: np.ndarray, sample_rate: int) -> bool:
    """Whether half a second or more of (time,) sounds, and of one spectrum."""
    changes = spectral_changes_db(wave, sample_rate)
    return len(changes) >= _LEAST_CHANGES and float(np.quantile(changes, 0.25)) < STILL_DB


def spectral_changes_db(wave: np.ndarray, sample_rate: int) -> np.ndarray:
    """How far the shape of the spectrum moves between each two stretches that sound, (change,)."""
    hop = round(_HOP_SECONDS * sample_rate)
    block = _BLOCK_SECONDS * _HOPS * hop
    parts = [wave[begin : begin + block] for begin in range(0, len(wave), block)]
    bands = np.concatenate([_bands(part, sample_rate, hop) for part in parts])
    power = bands.sum(axis=1)
    sounds = power > power.max(initial=0.0) * 10 ** (-_RANGE_DB / 10)
    floor = bands.max(axis=1, keepdims=True) * 10 ** (-_FLOOR_DB / 10)
    shape = 10 * np.log10(bands + floor + 1e-20)
    shape -= shape.mean(axis=1, keepdims=True)
    return np.abs(np.diff(shape, axis=0)).mean(axis=1)[sounds[1:] & sounds[:-1]]


def _bands(wave: np.ndarray, sample_rate: int, hop: int) -> np.ndarray:
    """Mean power (stretch, band) of stretches of :data:`_HOPS` hops."""
    size = 2 * hop
    filters = mel_filters(sample_rate, size, _BANDS, _LOWEST_HZ, _HIGHEST * sample_rate)
    magnitudes = stft_magnitude(wave, fft_samples=size, window_samples=size, hop_samples=hop)
    bands = (filters @ magnitudes.square()).double().numpy().T
    whole = len(bands) // _HOPS
    return bands[: whole * _HOPS].reshape(whole, _HOPS, _BANDS).mean(axis=1)
