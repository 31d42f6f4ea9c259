"""Fundamental frequency by probabilistic YIN, fast: dips of all frames, one path through them.

A. de Cheveigné and H. Kawahara, "YIN, a fundamental frequency estimator for speech and music",
J. Acoust. Soc. Am. 111(4), 2002: the difference function, here through the power spectrum, its
cumulative mean normalisation (eq. 8) and parabolic interpolation (step 5), of a wave smoothed a
little first. M. Mauch and S. Dixon, "pYIN", ICASSP 2014: several dips of a frame are candidates
(:mod:`speechgen.features.pitch_candidates`), and a Viterbi path through them and through unvoiced
states (:mod:`speechgen.features.pitch_path`) decides on octaves and voicing. The path visits dips
and a coarse grid of unvoiced pitches instead of librosa's 2 x 368 states: voicing is the same
in all but a few frames of a hundred, pitch is not rounded, and it takes a fraction of the time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from speechgen.audio import check_rate
from speechgen.features.pitch_candidates import Floats, pitch_candidates
from speechgen.features.pitch_path import best_path
from speechgen.features.spectrum import as_wave, pad_for_frames

_SPAN_PERIODS = 3.84  # of the lowest frequency in a frame: 64 ms
_SMOOTHING_SECONDS = 0.25e-3
_GATE_DB = 55.0  # frames this far below the loudest are silence
_SILENCE = 1e-10  # and so is a mean power below this
_BLOCK_FRAMES = 1024


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
    lag_max = int(np.ceil(sample_rate / fmin_hz))
    lag_min = max(2, int(np.floor(sample_rate / fmax_hz)))
    span = int(_SPAN_PERIODS * sample_rate / fmin_hz)
    padded = pad_for_frames(as_wave(wave).detach().cpu(), span, hop_samples).double().numpy()
    smooth = _smoothed(padded, sample_rate)
    spans = np.lib.stride_tricks.sliding_window_view(smooth, span)[::hop_samples]
    powers, lags, probabilities = [], [], []
    for start in range(0, len(spans), _BLOCK_FRAMES):
        block = spans[start : start + _BLOCK_FRAMES]
        normalised, plain, power = _differences(block, lag_max)
        lag, probability = pitch_candidates(normalised, plain, lag_min, lag_max)
        powers.append(power)
        lags.append(lag)
        probabilities.append(probability)
    candidates = sample_rate / np.concatenate(lags)
    power = np.concatenate(powers)
    loud = power > max(power.max() * 10 ** (-_GATE_DB / 10), _SILENCE)
    likely = np.where(loud[:, None], np.concatenate(probabilities), 0.0)
    chosen = best_path(candidates, likely, hop_samples / sample_rate, fmin_hz, fmax_hz)
    voicing = chosen >= 0
    f0_hz = candidates[np.arange(len(chosen)), np.maximum(chosen, 0)]
    return np.where(voicing, f0_hz, 0.0), voicing


def mean_f0(wave: np.ndarray, sample_rate: int) -> float | None:
    """How high a voice speaks: the geometric mean of F0 over voiced frames, every 16 ms, in Hz.

    None where nothing is voiced.
    """
    f0_hz, voicing = f0(wave, sample_rate, round(0.016 * check_rate(sample_rate)))
    return float(np.exp(np.log(f0_hz[voicing]).mean())) if voicing.any() else None


def _smoothed(wave: Floats, sample_rate: int) -> Floats:
    """``wave`` under a Hann window: noise above the strong harmonics counts for less."""
    half = max(1, round(sample_rate * _SMOOTHING_SECONDS / 2))
    window = np.hanning(2 * half + 1)
    return np.convolve(np.pad(wave, half, mode="edge"), window / window.sum(), mode="valid")


def _differences(spans: Floats, lag_max: int) -> tuple[Floats, Floats, Floats]:
    """Of each span d'(lag) and d(lag) for lags 0..lag_max + 1, (frame, lag), and its mean power.

    For d', as in librosa, a span ends in zeros: what is compared at a lag are its N - lag products,
    and its last samples with nothing, which makes long periods a little less likely than short
    ones. d is the mean over the products alone: its dips are where they should be.
    """
    from scipy import fft

    spans = spans - spans.mean(axis=1, keepdims=True)
    num_samples = spans.shape[1]
    lags = np.arange(lag_max + 2)
    size = fft.next_fast_len(num_samples + lag_max + 1, real=True)
    spectrum = fft.rfft(spans, size)
    correlation = fft.irfft(spectrum.real**2 + spectrum.imag**2, size)[:, : len(lags)]
    energy = np.cumsum(np.pad(spans**2, ((0, 0), (1, 0))), axis=1)
    whole = energy[:, -1:]
    padded = np.maximum(2 * (whole - correlation) - energy[:, lags], 0.0)
    plain = (padded - (whole - energy[:, num_samples - lags])) / (num_samples - lags)
    mean = np.cumsum(padded[:, 1:], axis=1) / lags[1:]
    normalised = np.ones_like(padded)
    np.divide(padded[:, 1:], mean, out=normalised[:, 1:], where=mean > 1e-12)
    return normalised, plain, whole[:, 0] / num_samples
