"""Signal-to-noise measures of waveforms, in dB."""

from __future__ import annotations

import numpy as np

from speechgen.audio import as_pair
from speechgen.metrics.frames import windowed_frames

_EPSILON = float(np.finfo(np.float64).eps)
_SSNR_LIMITS_DB = (-10.0, 35.0)


def segmental_snr(clean: np.ndarray, estimate: np.ndarray, sample_rate: int) -> float:
    """Mean over frames of the signal-to-noise ratio, each clamped to [-10, 35] dB.

    Frames of 30 ms every 7.5 ms (Hu & Loizou 2008).

    Parameters
    ----------
    clean, estimate
        (time,), same length.
    sample_rate
        Hz.
    """
    clean, estimate = as_pair(clean, estimate)
    signal = windowed_frames(clean, sample_rate)
    noise = windowed_frames(np.asarray(clean, np.float64) - estimate, sample_rate)
    ratio = (signal**2).sum(axis=1) / ((noise**2).sum(axis=1) + _EPSILON)
    return float(np.clip(10 * np.log10(ratio + _EPSILON), *_SSNR_LIMITS_DB).mean())


def si_sdr(clean: np.ndarray, estimate: np.ndarray) -> float:
    """Scale-invariant signal-to-distortion ratio in dB, means removed.

    J. Le Roux, S. Wisdom, H. Erdogan and J. R. Hershey, "SDR - half-baked or well done?",
    ICASSP 2019, eqs. 3 to 5.

    Parameters
    ----------
    clean, estimate
        (time,), same length; neither silent.

    Raises
    ------
    ValueError
        One of them is silent.
    """
    clean, estimate = as_pair(clean, estimate)
    clean = np.asarray(clean, np.float64) - np.mean(clean, dtype=np.float64)
    estimate = np.asarray(estimate, np.float64) - np.mean(estimate, dtype=np.float64)
    energy = float(clean @ clean)
    if energy == 0.0 or not estimate.any():
        raise ValueError("a silent signal has no SI-SDR")
    target = (float(clean @ estimate) / energy) * clean
    residual = estimate - target
    return float(10 * np.log10((target @ target + _EPSILON) / (residual @ residual + _EPSILON)))
