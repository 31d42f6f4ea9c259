"""Trivial causes of a bad score: delay, gain, inverted polarity, clipping.

Found by the filter that leads from the clean signal to the estimate, in the frequency domain::

    H = E conj(C) / (|C|^2 + floor)          h = its impulse response

Noise that has nothing to do with the clean signal does not move the peak of h; where the peak
stands is the lag, and its sign the polarity.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_FLOOR = 1e-2  # of the mean power of the clean spectrum
_CLEAR_PEAK = 8.0  # times the root mean square of the response
_FULL_SCALE = 0.999
_LONGEST_SECONDS = 30.0


@dataclass(frozen=True)
class Mismatch:
    """How an estimate differs from the clean signal by more than noise.

    Attributes
    ----------
    lag_samples
        Delay; negative where it is early, 0 where no lag can be found.
    gain_db
        Level of the clean signal in it, against the clean signal itself, after the lag is taken
        out; noise does not count.
    inverted
        Whether its polarity is the opposite.
    clipped_samples
        Samples at full scale beyond those of the clean signal.
    """

    lag_samples: int
    gain_db: float
    inverted: bool
    clipped_samples: int


def find_mismatch(
    clean: np.ndarray, estimate: np.ndarray, sample_rate: int, *, max_lag_seconds: float = 1.0
) -> Mismatch:
    """Compare (time,) with (time,), which may differ in length; neither is silent.

    Parameters
    ----------
    clean, estimate
        Waveforms in [-1, 1]. Of long ones the first 30 s tell the lag.
    sample_rate
        Hz, of both.
    max_lag_seconds
        Larger lags are not looked for.
    """
    clean, estimate = np.asarray(clean, np.float64), np.asarray(estimate, np.float64)
    longest = round(_LONGEST_SECONDS * sample_rate)
    max_lag = round(max_lag_seconds * sample_rate)
    lag = _lag(clean[:longest], estimate[:longest], max_lag)
    here, there = shift_back(clean, estimate, lag)
    energy = float(here @ here)
    gain = float(here @ there) / energy if energy > 0 else 0.0
    full = [int(np.sum(np.abs(wave) >= _FULL_SCALE)) for wave in (clean, estimate)]
    return Mismatch(
        lag_samples=lag,
        gain_db=float(20 * np.log10(max(abs(gain), 1e-10))),
        inverted=gain < 0,
        clipped_samples=max(0, full[1] - full[0]),
    )


def shift_back(
    clean: np.ndarray, estimate: np.ndarray, lag_samples: int
) -> tuple[np.ndarray, np.ndarray]:
    """The stretches of both that belong together when the estimate is late by ``lag_samples``."""
    if lag_samples >= 0:
        estimate = estimate[lag_samples:]
    else:
        clean = clean[-lag_samples:]
    length = min(len(clean), len(estimate))
    return clean[:length], estimate[:length]


def _lag(clean: np.ndarray, estimate: np.ndarray, max_lag: int) -> int:
    from scipy import fft

    size = fft.next_fast_len(max(len(clean), len(estimate)) + max_lag + 1, real=True)
    source = fft.rfft(clean - clean.mean(), size)
    cross = fft.rfft(estimate - estimate.mean(), size) * source.conj()
    power = np.abs(source) ** 2
    response = fft.irfft(cross / (power + _FLOOR * power.mean()), size)
    correlation = fft.irfft(cross, size)
    near = np.concatenate([np.arange(max_lag + 1), np.arange(size - max_lag, size)])
    peak = int(near[np.argmax(np.abs(response[near]))])
    clear = abs(response[peak]) > _CLEAR_PEAK * np.sqrt(np.mean(response**2))
    if not clear or abs(correlation[peak]) <= abs(correlation[0]):
        return 0
    return peak if peak <= max_lag else peak - size
