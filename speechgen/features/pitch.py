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

from dataclasses import dataclass

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
    tracked = PitchFrames(check_rate(sample_rate), fmin_hz, fmax_hz)
    padded = pad_for_frames(as_wave(wave).detach().cpu(), tracked.span_samples, hop_samples)
    half = tracked.smoothing_samples
    smooth = tracked.smoothed(np.pad(padded.double().numpy(), half, mode="edge"))
    candidates, likely, power = tracked.candidates(smooth, hop_samples)
    loud = power > threshold(power.max())
    likely = np.where(loud[:, None], likely, 0.0)
    chosen = best_path(candidates, likely, hop_samples / sample_rate, fmin_hz, fmax_hz)
    voicing = chosen >= 0
    f0_hz = candidates[np.arange(len(chosen)), np.maximum(chosen, 0)]
    return np.where(voicing, f0_hz, 0.0), voicing


@dataclass(frozen=True)
class PitchFrames:
    """What is known of each frame by itself.

    Attributes
    ----------
    sample_rate, fmin_hz, fmax_hz
        As in :func:`f0`.
    """

    sample_rate: int
    fmin_hz: float
    fmax_hz: float

    @property
    def span_samples(self) -> int:
        """Samples of a frame's span."""
        return int(_SPAN_PERIODS * self.sample_rate / self.fmin_hz)

    @property
    def smoothing_samples(self) -> int:
        """Samples before a sample, and after it, that :meth:`smoothed` takes."""
        return max(1, round(self.sample_rate * _SMOOTHING_SECONDS / 2))

    def smoothed(self, wave: Floats) -> Floats:
        """Under a Hann window: noise above the strong harmonics counts for less.

        Shorter than the wave (time,) by ``smoothing_samples`` at either end.
        """
        window = np.hanning(2 * self.smoothing_samples + 1)
        return np.convolve(wave, window / window.sum(), mode="valid")

    def candidates(self, smooth: Floats, hop_samples: int) -> tuple[Floats, Floats, Floats]:
        """Of all spans of (time,): candidates in Hz and their probabilities, power.

        The first two are (frame, candidate), the power (frame,).
        """
        lag_max = int(np.ceil(self.sample_rate / self.fmin_hz))
        lag_min = max(2, int(np.floor(self.sample_rate / self.fmax_hz)))
        spans = np.lib.stride_tricks.sliding_window_view(smooth, self.span_samples)[::hop_samples]
        found = []
        for start in range(0, len(spans), _BLOCK_FRAMES):
            block = spans[start : start + _BLOCK_FRAMES]
            normalised, plain, power = _differences(block, lag_max)
            lag, probability = pitch_candidates(normalised, plain, lag_min, lag_max)
            found.append((self.sample_rate / lag, probability, power))
        hertz, likely, powers = zip(*found, strict=True)
        return np.concatenate(hertz), np.concatenate(likely), np.concatenate(powers)


def threshold(loudest: float) -> float:
    """The mean power up to which a frame is silence, where the ``loudest`` has that much."""
    return max(loudest * 10 ** (-_GATE_DB / 10), _SILENCE)


def mean_f0(wave: np.ndarray, sample_rate: int) -> float | None:
    """How high a voice speaks: the geometric mean of F0 over voiced frames, every 16 ms, in Hz.

    None where nothing is voiced.
    """
    f0_hz, voicing = f0(wave, sample_rate, round(0.016 * check_rate(sample_rate)))
    return float(np.exp(np.log(f0_hz[voicing]).mean())) if voicing.any() else None


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
