"""Filters in the frequency domain: spectral colour and band limits."""

from __future__ import annotations

import numpy as np
import scipy.fft

_POINTS_HZ = (60.0, 250.0, 1000.0, 3000.0, 8000.0)  # where the colour is drawn
_TRANSITION = (0.01, 0.12)  # width of the edge of a low-pass filter, relative to its cut-off


class SpectrumGrid:
    """Waves of one length to spectra and back, and curves on them.

    Convolution is circular: what rings on at the end of an item comes at its beginning, as if the
    item were preceded by itself. That needs no padding, and a response gets its full length.

    Parameters
    ----------
    num_samples
        Length of the waves. Spectra are of the next length that is quick to transform.
    sample_rate
        In Hz.
    """

    def __init__(self, num_samples: int, sample_rate: int) -> None:
        self.num_samples, self.sample_rate = num_samples, sample_rate
        self.size = scipy.fft.next_fast_len(num_samples, real=True)
        self.bins = self.size // 2 + 1
        frequencies = np.arange(self.bins) * (sample_rate / self.size)
        place = np.log(np.maximum(frequencies, 1.0))
        corners = np.eye(len(_POINTS_HZ))
        hats = [np.interp(place, np.log(_POINTS_HZ), corner) for corner in corners]
        self._hats = (np.stack(hats) * (np.log(10) / 20)).astype(np.float32)

    def spectrum(self, wave: np.ndarray) -> np.ndarray:
        """(time,) float32 to (bins,) complex64."""
        return scipy.fft.rfft(wave, self.size)

    def wave(self, spectrum: np.ndarray) -> np.ndarray:
        """(bins,) back to (time,)."""
        return scipy.fft.irfft(spectrum, self.size)[: self.num_samples]

    def at_speed(self, wave: np.ndarray) -> np.ndarray:
        """The spectrum of (any time,) played in the time of one item, without aliases."""
        whole = scipy.fft.rfft(wave)
        spectrum = np.zeros(self.bins, dtype=np.complex64)
        count = min(self.bins, len(whole))
        np.multiply(whole[:count], np.float32(self.size / len(wave)), out=spectrum[:count])
        return spectrum

    def num_samples_at(self, speed: float) -> int:
        """How many samples, quick to transform, are played in one item at about ``speed``."""
        return scipy.fft.next_fast_len(max(round(self.size * speed), 1), real=True)

    def colour(self, rng: np.random.Generator, spread_db: float) -> np.ndarray:
        """(bins,) factors of a smooth curve within ``spread_db`` up and down."""
        gains = rng.uniform(-spread_db, spread_db, len(self._hats)).astype(np.float32)
        return np.exp(gains @ self._hats)

    def low_pass(self, cutoff_hz: float, rng: np.random.Generator) -> np.ndarray | None:
        """(bins,) factors: 1 up to the cut-off, 0 beyond an edge of random width; None for all 1.

        The edge ends at ``cutoff_hz``.
        """
        width = cutoff_hz * rng.uniform(*_TRANSITION)
        per_bin = self.sample_rate / self.size
        first, last = int((cutoff_hz - width) / per_bin) + 1, int(cutoff_hz / per_bin)
        if first >= self.bins:
            return None
        factors = np.ones(self.bins, dtype=np.float32)
        factors[last:] = 0
        edge = factors[first:last]
        edge *= 0.5 + 0.5 * np.cos(
            np.pi * (np.arange(last - first)[: len(edge)] + 0.5) / (last - first)
        )
        return factors
