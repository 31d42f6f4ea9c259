"""Mel-cepstral analysis as SPTK's ``mcep`` does it, all frames at once.

T. Fukada, K. Tokuda, T. Kobayashi and S. Imai, "An adaptive algorithm for mel-cepstral analysis of
speech", ICASSP 1992. The model of a frame's spectrum is

    ln |H(w)| = c0 + sum_m c_m cos(m w~),    w~ = w + 2 atan(alpha sin w / (1 - alpha cos w)),

cosines on the frequency axis that the all-pass filter (z^-1 - alpha) / (1 - alpha z^-1) warps
towards the mel scale. The coefficients are those that minimise the mean over w of

    I / |H|^2 - ln(I / |H|^2) - 1,

I the periodogram: an estimate of the log spectrum that harmonics and the periodogram's scatter do
not pull down, as they do the mean logarithm. The objective is convex and Newton's method minimises
it; its Hessian is the sum of a Toeplitz and a Hankel matrix of the warped autocorrelation of
I / |H|^2.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from speechgen.audio import check_rate
from speechgen.features.spectrum import as_wave, pad_for_frames

ORDER = 24
# All-pass constants near the mel scale: SPTK's reference manual and HTS; 22.05 and 24 kHz: ESPnet.
ALPHAS = {
    8000: 0.31,
    10000: 0.35,
    12000: 0.37,
    16000: 0.42,
    22050: 0.45,
    24000: 0.46,
    32000: 0.50,
    44100: 0.53,
    48000: 0.55,
}
_WINDOW_SECONDS, _HOP_SECONDS = 0.025, 0.005
_FLOOR = 1e-10  # of the mean power of the frame; keeps the level from mattering
_SILENCE = 1e-20
_ITERATIONS, _TOLERANCE = 30, 1e-4
_LONGEST_STEP = 1.0  # nepers

Floats = NDArray[np.float64]


def sptk_mel_cepstra(wave: np.ndarray, sample_rate: int) -> Floats:
    """Mel-cepstra c0..c24 every 5 ms, on the frames of :func:`speechgen.features.mel_cepstra`.

    Blackman windows of 25 ms, as in the recipes of HTS.

    Parameters
    ----------
    wave
        (time,), float in [-1, 1], not empty.
    sample_rate
        Hz, one of :data:`ALPHAS`.

    Returns
    -------
    ndarray
        (frame, 25).

    Raises
    ------
    ValueError
        There is no all-pass constant for the rate.
    """
    sample_rate = check_rate(sample_rate)
    if sample_rate not in ALPHAS:
        known = ", ".join(str(rate) for rate in ALPHAS)
        raise ValueError(f"mel-cepstra at {sample_rate} Hz: resample to one of {known}")
    window_samples = round(_WINDOW_SECONDS * sample_rate)
    hop_samples = round(_HOP_SECONDS * sample_rate)
    whole = as_wave(wave).detach().cpu()
    padded = pad_for_frames(whole, window_samples, hop_samples).double().numpy()
    frames = np.lib.stride_tricks.sliding_window_view(padded, window_samples)[::hop_samples]
    window = np.blackman(window_samples)
    fft_samples = 1 << (window_samples - 1).bit_length()
    spectrum = np.fft.rfft(frames * (window / np.linalg.norm(window)), fft_samples)
    num_frames = -(-whole.shape[-1] // hop_samples)
    return mel_cepstral_analysis(np.abs(spectrum[:num_frames]) ** 2, ORDER, ALPHAS[sample_rate])


def mel_cepstral_analysis(periodogram: np.ndarray, order: int, alpha: float) -> Floats:
    """The mel-cepstrum that fits each periodogram best.

    Parameters
    ----------
    periodogram
        (frame, bin), bins from 0 to half the rate; those below -100 dB of the mean are
        raised to it.
    order
        Of the last coefficient.
    alpha
        All-pass constant, in (-1, 1).

    Returns
    -------
    ndarray
        (frame, order + 1).
    """
    power = np.asarray(periodogram, np.float64)
    power = power + np.maximum(_FLOOR * power.mean(axis=1, keepdims=True), _SILENCE)
    cosines, weights, _ = _warped_axis(power.shape[1], 2 * order, alpha)
    basis = cosines[: order + 1]
    row, column = np.indices((order + 1, order + 1))
    wanted = basis @ weights  # what the gradient compares with: the mean cosine
    cepstra = warp_spectrum(0.5 * np.log(power), order, alpha)
    going = np.arange(len(power))
    for _ in range(_ITERATIONS):
        ratio = power[going] * np.exp(-2 * cepstra[going] @ basis)
        correlation = (ratio * weights) @ cosines.T
        hessian = correlation[:, abs(row - column)] + correlation[:, row + column]
        gradient = correlation[:, : order + 1] - wanted
        step = np.linalg.solve(hessian, gradient[..., None])[..., 0]
        largest = np.abs(step).max(axis=1)
        cepstra[going] += (
            step * np.minimum(1.0, _LONGEST_STEP / np.maximum(largest, 1e-12))[:, None]
        )
        going = going[largest > _TOLERANCE]
        if not len(going):
            break
    return cepstra


def warp_spectrum(log_magnitude: np.ndarray, order: int, alpha: float) -> Floats:
    """Cosine series over the warped frequency of ``ln |H|``; SPTK's ``freqt`` of its cepstrum.

    Parameters
    ----------
    log_magnitude
        (frame, bin), nepers, bins from 0 to half the rate.
    order, alpha
        As of :func:`mel_cepstral_analysis`.

    Returns
    -------
    ndarray
        (frame, order + 1): c0, and the c_m that stand before cos(m w~).
    """
    cosines, _, warped = _warped_axis(log_magnitude.shape[1], order, alpha)
    cepstra = (log_magnitude * warped) @ cosines.T
    cepstra[:, 1:] *= 2
    return cepstra


@lru_cache(maxsize=8)
def _warped_axis(num_bins: int, order: int, alpha: float) -> tuple[Floats, Floats, Floats]:
    """cos(m w~), (order + 1, bin), and the weights (bin,) of means over w and over w~."""
    frequency = np.linspace(0, np.pi, num_bins)
    warped = frequency + 2 * np.arctan2(alpha * np.sin(frequency), 1 - alpha * np.cos(frequency))
    weights = np.full(num_bins, 1 / (num_bins - 1))
    weights[[0, -1]] /= 2
    slope = (1 - alpha**2) / (1 + alpha**2 - 2 * alpha * np.cos(frequency))
    return np.cos(np.arange(order + 1)[:, None] * warped), weights, weights * slope
