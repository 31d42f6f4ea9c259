"""Mel-cepstral distortion, F0 error and correlation of synthesised speech against a recording."""

from __future__ import annotations

import numpy as np

from speechgen.audio import as_pair
from speechgen.features import f0, frame_levels_db, mel_cepstra, sptk_mel_cepstra
from speechgen.features.reference_pitch import Tracker

_ACTIVE_DB = 40.0
_DB_PER_NEPER = 10.0 / np.log(10.0)
_PITCH_HOP_SECONDS = 0.005
_STEADY_CENTS = 1.0  # a spread of log F0 that is none


def mel_cepstral_distortion(reference: np.ndarray, estimate: np.ndarray, sample_rate: int) -> float:
    """Mel-cepstral distortion in dB of two time-aligned waveforms.

    Parameters
    ----------
    reference, estimate
        (time,), same length.
    sample_rate
        Hz.

    Returns
    -------
    float
        See :func:`cepstral_distortion`.
    """
    reference, estimate = as_pair(reference, estimate)
    return cepstral_distortion(
        mel_cepstra(reference, sample_rate),
        mel_cepstra(estimate, sample_rate),
        active_frames(reference, sample_rate),
    )


def sptk_distortion(reference: np.ndarray, estimate: np.ndarray, sample_rate: int) -> float:
    """Mel-cepstral distortion in dB of what SPTK's ``mcep`` finds, as many papers report it.

    Order 24 and an all-pass constant of .42 at 16 kHz, c0 left out, over the active frames of the
    reference; the waveforms are aligned in time already. Parameters are those of
    :func:`mel_cepstral_distortion`, which smooths the spectrum by a filter bank first; levels do
    not matter. Papers differ in window, in silence and in whether c0 counts: compare their numbers
    with care.

    Raises
    ------
    ValueError
        No frame is active, or SPTK has no constant for the rate.
    """
    reference, estimate = as_pair(reference, estimate)
    return cepstral_distortion(
        sptk_mel_cepstra(reference, sample_rate),
        sptk_mel_cepstra(estimate, sample_rate),
        active_frames(reference, sample_rate),
    )


def cepstral_distortion(reference: np.ndarray, estimate: np.ndarray, active: np.ndarray) -> float:
    """Mean over active frames of 10 / ln 10 * sqrt(2 * sum over c1..c24 of squared differences).

    R. Kubichek, "Mel-cepstral distance measure for objective speech quality assessment", 1993. The
    level, c0, is left out.

    Parameters
    ----------
    reference, estimate
        Mel-cepstra (frame, 25) as :func:`speechgen.features.mel_cepstra` gives them; the estimate
        may be one row (25,) that stands for all frames.
    active
        (frame,) of bool: the frames that count.

    Raises
    ------
    ValueError
        No frame is active.
    """
    if not active.any():
        raise ValueError("no active frame to compare")
    squares = ((reference - estimate)[active, 1:] ** 2).sum(axis=1)
    return float(_DB_PER_NEPER * np.sqrt(2 * squares).mean())


def active_frames(wave: np.ndarray, sample_rate: int) -> np.ndarray:
    """Frames of :func:`speechgen.features.mel_cepstra` within 40 dB of the loudest, (frame,)."""
    levels_db = frame_levels_db(wave, sample_rate)
    return np.asarray(levels_db > max(levels_db.max() - _ACTIVE_DB, -110.0))


def f0_error(
    reference: np.ndarray,
    estimate: np.ndarray,
    sample_rate: int,
    *,
    tracker: Tracker = f0,
    lowest_f0_hz: float = 0.0,
) -> dict[str, float]:
    """How F0 differs over frames voiced in both, and the share of frames voiced in one only.

    Parameters
    ----------
    reference, estimate
        (time,), same length.
    sample_rate
        Hz.
    tracker
        :func:`speechgen.features.f0` or its reference, :func:`speechgen.features.pyin_f0`.
    lowest_f0_hz
        Frames whose F0 is lower count as unvoiced. Both trackers look down to 60 Hz, and find there
        the hum of mains and noise that only gets more alike towards long periods: 65 Hz leaves
        both out and hardly any voice.

    Returns
    -------
    dict
        ``"F0 RMSE"`` in cents, NaN where no frame is voiced in both; ``"F0 correlation"``, that of
        log F0, NaN where it is constant in one; ``"voicing error"`` in 0..1.
    """
    reference, estimate = as_pair(reference, estimate)
    hop_samples = max(1, round(_PITCH_HOP_SECONDS * sample_rate))
    reference_hz, reference_voiced = tracker(reference, sample_rate, hop_samples)
    estimate_hz, estimate_voiced = tracker(estimate, sample_rate, hop_samples)
    reference_voiced = reference_voiced & (reference_hz >= lowest_f0_hz)
    estimate_voiced = estimate_voiced & (estimate_hz >= lowest_f0_hz)
    both = reference_voiced & estimate_voiced
    rmse = correlation = float("nan")
    if both.any():
        cents = 1200 * np.log2(np.stack([reference_hz[both], estimate_hz[both]]))
        rmse = float(np.sqrt(np.mean((cents[1] - cents[0]) ** 2)))
        if np.all(np.std(cents, axis=1) > _STEADY_CENTS):
            correlation = float(np.corrcoef(cents)[0, 1])
    return {
        "F0 RMSE": rmse,
        "F0 correlation": correlation,
        "voicing error": float(np.mean(reference_voiced != estimate_voiced)),
    }
