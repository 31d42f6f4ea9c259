"""Fundamental frequency by YIN, all frames at once.

A. de Cheveigné and H. Kawahara, "YIN, a fundamental frequency estimator for speech and music",
J. Acoust. Soc. Am. 111(4), 2002: the difference function (eq. 6, here through FFT
cross-correlation), its cumulative mean normalisation (eq. 8), the absolute threshold (step 4)
and parabolic interpolation (step 5). In place of step 6, estimates that stand an octave from the
running median are sought again near it, or called unvoiced.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from speechgen.audio import check_rate
from speechgen.features.spectrum import as_wave, pad_for_frames

_THRESHOLD = 0.15  # a first dip this deep is taken
_VOICED_LIMIT = 0.35  # a deepest dip shallower than this is unvoiced
_GATE_DB = 45.0  # frames this far below the loudest are silence
_MEDIAN_FRAMES = 15
_OUTLIER_OCTAVES = 0.45
_BLOCK_FRAMES = 4096

Floats = NDArray[np.float64]


def f0(
    wave: np.ndarray,
    sample_rate: int,
    hop_samples: int,
    fmin_hz: float = 60.0,
    fmax_hz: float = 500.0,
) -> tuple[Floats, NDArray[np.bool_]]:
    """Fundamental frequency and voicing of every frame.

    Parameters
    ----------
    wave
        (time,), float in [-1, 1], not empty.
    sample_rate, hop_samples
        Hz, and samples between frames.
    fmin_hz, fmax_hz
        Where to look.

    Returns
    -------
    f0_hz : ndarray
        (frame,), frame = ceil(time / hop); 0 where unvoiced.
    voicing : ndarray
        (frame,) of bool.
    """
    sample_rate = check_rate(sample_rate)
    lag_max = int(np.ceil(sample_rate / fmin_hz)) + 1
    lag_min = max(2, int(np.floor(sample_rate / fmax_hz)))
    span = 2 * lag_max + lag_max // 2  # 1.5 longest periods compared, and the longest lag
    padded = pad_for_frames(as_wave(wave).detach().cpu(), span, hop_samples).double().numpy()
    spans = np.lib.stride_tricks.sliding_window_view(padded, span)[::hop_samples]
    blocks = [
        _normalised_difference(spans[start : start + _BLOCK_FRAMES], lag_max)
        for start in range(0, len(spans), _BLOCK_FRAMES)
    ]
    difference = np.concatenate([block[0] for block in blocks])
    power = np.concatenate([block[1] for block in blocks])
    lag, depth = _first_dip(difference, lag_min, lag_max)
    loud = power > max(power.max() * 10 ** (-_GATE_DB / 10), 1e-10)
    voicing = loud & (depth < _VOICED_LIMIT)
    lag, voicing = _mend_octaves(difference, lag, voicing, lag_min, lag_max)
    voicing = _drop_single_frames(voicing)
    f0_hz = np.where(voicing, sample_rate / _interpolate(difference, lag), 0.0)
    return f0_hz, voicing


def _normalised_difference(spans: Floats, lag_max: int) -> tuple[Floats, Floats]:
    """d'(lag) for lags 0..lag_max of each span, (frame, lag), and each span's mean power."""
    from scipy import fft

    spans = spans - spans.mean(axis=1, keepdims=True)
    length = spans.shape[1] - lag_max
    size = fft.next_fast_len(spans.shape[1], real=True)
    head = fft.rfft(spans[:, :length], size)
    whole = fft.rfft(spans, size)
    correlation = fft.irfft(head.conj() * whole, size)[:, : lag_max + 1]
    energy = np.cumsum(np.pad(spans**2, ((0, 0), (1, 0))), axis=1)
    lagged = energy[:, length : length + lag_max + 1] - energy[:, : lag_max + 1]
    difference = np.maximum(lagged[:, :1] + lagged - 2 * correlation, 0.0)
    mean = np.cumsum(difference[:, 1:], axis=1) / np.arange(1, lag_max + 1)
    normalised = np.ones_like(difference)
    np.divide(difference[:, 1:], mean, out=normalised[:, 1:], where=mean > 1e-12)
    return normalised, energy[:, -1] / spans.shape[1]


def _first_dip(difference: Floats, lag_min: int, lag_max: int) -> tuple[NDArray[np.int64], Floats]:
    """The first local minimum below the threshold, or else the deepest; its lag and its depth."""
    middle = difference[:, lag_min:lag_max]
    is_dip = (middle <= difference[:, lag_min - 1 : lag_max - 1]) & (
        middle <= difference[:, lag_min + 1 : lag_max + 1]
    )
    depths = np.where(is_dip, middle, np.inf)
    deep = depths < _THRESHOLD
    index = np.where(deep.any(axis=1), deep.argmax(axis=1), depths.argmin(axis=1))
    return index + lag_min, depths[np.arange(len(depths)), index]


def _mend_octaves(
    difference: Floats,
    lag: NDArray[np.int64],
    voicing: NDArray[np.bool_],
    lag_min: int,
    lag_max: int,
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Move lags far from the median of the voiced frames around them to the best lag near it."""
    if not voicing.any():
        return lag, voicing
    octave = np.where(voicing, np.log2(lag), np.nan)
    half = _MEDIAN_FRAMES // 2
    around = np.lib.stride_tricks.sliding_window_view(
        np.pad(octave, half, constant_values=np.nan), _MEDIAN_FRAMES
    )
    median = np.zeros(len(lag))
    median[voicing] = np.nanmedian(around[voicing], axis=1)
    outliers = np.flatnonzero(voicing & (np.abs(octave - median) > _OUTLIER_OCTAVES))
    lag, voicing = lag.copy(), voicing.copy()
    for frame in outliers:
        low = max(lag_min, int(2 ** (median[frame] - _OUTLIER_OCTAVES / 2)))
        high = min(lag_max, int(2 ** (median[frame] + _OUTLIER_OCTAVES / 2)) + 2)
        candidate = low + int(difference[frame, low:high].argmin())
        lag[frame] = candidate
        voicing[frame] = difference[frame, candidate] < _VOICED_LIMIT
    return lag, voicing


def _drop_single_frames(voicing: NDArray[np.bool_]) -> NDArray[np.bool_]:
    before = np.concatenate([[False], voicing[:-1]])
    after = np.concatenate([voicing[1:], [False]])
    return voicing & (before | after)


def _interpolate(difference: Floats, lag: NDArray[np.int64]) -> Floats:
    """Lag of the vertex of the parabola through each dip and its two neighbours."""
    rows = np.arange(len(lag))
    left, middle, right = (difference[rows, lag + shift] for shift in (-1, 0, 1))
    curvature = left - 2 * middle + right
    shift = np.zeros(len(lag))
    np.divide(0.5 * (left - right), curvature, out=shift, where=curvature > 1e-12)
    return np.asarray(lag + np.clip(shift, -1.0, 1.0), np.float64)
