"""Objective measures that predict listeners' ratings of enhanced speech.

Y. Hu and P. C. Loizou, "Evaluation of objective quality measures for speech enhancement", IEEE
Trans. Audio, Speech, Lang. Process. 16(1), 2008: log-likelihood ratio, weighted spectral slope
(D. H. Klatt, ICASSP 1982) and the regressions on them that predict signal distortion (CSIG),
background intrusiveness (CBAK) and overall quality (COVL). The weighted spectral slope is taken
of the signal as it is, in [-1, 1]; dividing it by 32768 first, as a widely copied script does,
brings the energies down to their floor and makes every system look better.
"""

from __future__ import annotations

import numpy as np

from speechgen.audio import as_pair
from speechgen.metrics.frames import Floats, best_mean, windowed_frames
from speechgen.metrics.signal import segmental_snr

_EPSILON = float(np.finfo(np.float64).eps)
_LPC_ORDER = 16
_ENERGY_FLOOR = 1e-10
_KLATT_MAX = 20.0
_KLATT_LOCAL = 1.0
_FILTER_FLOOR = np.exp(-30.0 / (2 * 2.303))  # 30 dB below the peak of the narrowest band
# centre frequencies and bandwidths in Hz of the 25 critical bands of Hu & Loizou's measure
_BAND_CENTRES_HZ = np.array([
    50.0, 120.0, 190.0, 260.0, 330.0, 400.0, 470.0, 540.0, 617.372, 703.378, 798.717, 904.128,
    1020.38, 1148.30, 1288.72, 1442.54, 1610.70, 1794.16, 1993.93, 2211.08, 2446.71, 2701.97,
    2978.04, 3276.17, 3597.63,
])  # fmt: skip
_BAND_WIDTHS_HZ = np.array([
    70.0, 70.0, 70.0, 70.0, 70.0, 70.0, 70.0, 77.3724, 86.0056, 95.3398, 105.411, 116.256,
    127.914, 140.423, 153.823, 168.154, 183.457, 199.776, 217.153, 235.631, 255.255, 276.072,
    298.126, 321.465, 346.136,
])  # fmt: skip


def log_likelihood_ratio(clean: np.ndarray, estimate: np.ndarray, sample_rate: int) -> float:
    """Mean log-likelihood ratio of linear prediction of order 16, over the best 95 % of frames.

    As in the original scripts the machine epsilon is added to both signals, so that digital
    silence has a (flat) spectrum too and counts: leaving such frames out lowers the mean.

    Parameters
    ----------
    clean, estimate
        (time,), same length.
    sample_rate
        Hz.

    Returns
    -------
    float
        0 for equal spectral envelopes; lower is better.
    """
    clean, estimate = as_pair(clean, estimate)
    clean_r, estimate_r = (
        _autocorrelation(windowed_frames(np.asarray(wave, np.float64) + _EPSILON, sample_rate))
        for wave in (clean, estimate)
    )
    lags = np.abs(np.subtract.outer(np.arange(_LPC_ORDER + 1), np.arange(_LPC_ORDER + 1)))
    matrices = clean_r[:, lags]
    clean_a, estimate_a = _predictor(clean_r), _predictor(estimate_r)
    achieved = np.einsum("fi,fij,fj->f", estimate_a, matrices, estimate_a)
    optimal = np.einsum("fi,fij,fj->f", clean_a, matrices, clean_a)
    sound = (achieved > 0) & (optimal > 0)  # false only where rounding ate the prediction error
    return best_mean(np.log(achieved[sound] / optimal[sound]))


def weighted_spectral_slope(clean: np.ndarray, estimate: np.ndarray, sample_rate: int) -> float:
    """Klatt's weighted spectral slope distance over 25 critical bands, best 95 % of frames.

    Parameters
    ----------
    clean, estimate
        (time,), same length, in [-1, 1].
    sample_rate
        Hz.

    Returns
    -------
    float
        0 for equal slopes; lower is better.
    """
    clean, estimate = as_pair(clean, estimate)
    clean_db = _band_levels_db(clean, sample_rate)
    estimate_db = _band_levels_db(estimate, sample_rate)
    clean_slope, estimate_slope = np.diff(clean_db), np.diff(estimate_db)
    weights = _klatt_weights(clean_db, clean_slope) + _klatt_weights(estimate_db, estimate_slope)
    squares = weights * (clean_slope - estimate_slope) ** 2
    return best_mean(squares.sum(axis=1) / weights.sum(axis=1))


def composite(
    clean: np.ndarray, estimate: np.ndarray, sample_rate: int, *, pesq: float | None = None
) -> dict[str, float]:
    """CSIG, CBAK and COVL with their components: PESQ, LLR, WSS and SSNR.

    Parameters
    ----------
    clean, estimate
        (time,), same length, in [-1, 1].
    sample_rate
        16000 Hz, for wide-band PESQ.
    pesq
        The pair's PESQ where it is known already; computed otherwise.
    """
    clean, estimate = as_pair(clean, estimate)
    if pesq is None:
        from speechgen.metrics.perceptual import pesq_wb

        pesq = pesq_wb(clean, estimate, sample_rate)
    llr = log_likelihood_ratio(clean, estimate, sample_rate)
    wss = weighted_spectral_slope(clean, estimate, sample_rate)
    ssnr = segmental_snr(clean, estimate, sample_rate)
    ratings = {
        "CSIG": 3.093 - 1.029 * llr + 0.603 * pesq - 0.009 * wss,
        "CBAK": 1.634 + 0.478 * pesq - 0.007 * wss + 0.063 * ssnr,
        "COVL": 1.594 + 0.805 * pesq - 0.512 * llr - 0.007 * wss,
    }
    ratings = {name: float(np.clip(value, 1.0, 5.0)) for name, value in ratings.items()}
    return {**ratings, "PESQ": pesq, "LLR": llr, "WSS": wss, "SSNR": ssnr}


def _autocorrelation(frames: Floats) -> Floats:
    """Lags 0..16 of every frame, (frame, lag)."""
    length = frames.shape[1]
    lags = [
        np.einsum("ft,ft->f", frames[:, : length - lag], frames[:, lag:])
        for lag in range(_LPC_ORDER + 1)
    ]
    return np.stack(lags, axis=1)


def _predictor(autocorrelation: Floats) -> Floats:
    """Prediction error filters [1, -a_1, .., -a_16] by Levinson and Durbin, all frames at once."""
    filters = np.zeros_like(autocorrelation)
    filters[:, 0] = 1.0
    error = autocorrelation[:, 0]
    for order in range(1, autocorrelation.shape[1]):
        forward = filters[:, :order]
        reflection = -np.einsum("fi,fi->f", forward, autocorrelation[:, order:0:-1]) / error
        extended = filters[:, : order + 1].copy()
        filters[:, : order + 1] += reflection[:, None] * extended[:, ::-1]
        error = error * (1 - reflection**2)
    return filters


def _critical_bands(sample_rate: int, fft_samples: int) -> Floats:
    """Gaussian filters in power, (band, bin); the narrowest reach 1."""
    bins = np.arange(fft_samples // 2)
    per_hz = fft_samples / sample_rate
    centres = np.floor(_BAND_CENTRES_HZ * per_hz)[:, None]
    widths = (_BAND_WIDTHS_HZ * per_hz)[:, None]
    heights = _BAND_WIDTHS_HZ.min() / _BAND_WIDTHS_HZ[:, None]
    filters = heights * np.exp(-11.0 * ((bins - centres) / widths) ** 2)
    return np.where(filters > _FILTER_FLOOR, filters, 0.0)


def _band_levels_db(wave: np.ndarray, sample_rate: int) -> Floats:
    frames = windowed_frames(wave, sample_rate)
    fft_samples = 1 << (2 * frames.shape[1] - 1).bit_length()
    power = np.abs(np.fft.rfft(frames, fft_samples)[:, :-1]) ** 2
    energies = power @ _critical_bands(sample_rate, fft_samples).T
    return 10 * np.log10(np.maximum(energies, _ENERGY_FLOOR))


def _klatt_weights(levels_db: Floats, slopes: Floats) -> Floats:
    """Weights of the 24 slopes: high near the spectrum's maximum and near local peaks."""
    levels = levels_db[:, :-1]
    to_maximum = levels_db.max(axis=1, keepdims=True) - levels
    to_peak = _local_peaks(levels_db, slopes) - levels
    return _KLATT_MAX / (_KLATT_MAX + to_maximum) * _KLATT_LOCAL / (_KLATT_LOCAL + to_peak)


def _local_peaks(levels_db: Floats, slopes: Floats) -> Floats:
    """Level of the peak each of the 24 bands belongs to, (frame, 24).

    The last band of a rising run and the first of a falling one stand for the peak, as they do in
    the original scripts.
    """
    levels, rising = levels_db[:, :-1], slopes > 0
    above, below = levels.copy(), levels.copy()
    last = slopes.shape[1] - 1
    for band in range(last - 1, -1, -1):
        above[:, band] = np.where(rising[:, band + 1], above[:, band + 1], levels[:, band])
    for band in range(1, last + 1):
        below[:, band] = np.where(rising[:, band - 1], levels[:, band], below[:, band - 1])
    return np.where(rising, above, below)
