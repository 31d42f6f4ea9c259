"""A pitch post-filter: what was drawn becomes as periodic as it was told to be.

A WaveNet draws every sample with some noise, and in a voice far from those it learnt it may whisper
where it should have a voice. Where the melody that it was given is voiced, the wave is averaged
with itself one to three pitch periods before and after::

                                      period of each sample
                                               |
    wave[t] --> sum over k of weight(k) * wave[t + k * period(t)] --> wave

Harmonics add up and what lies between them does not. It is the long-term part of the post-filters
of speech coding (J.-H. Chen, A. Gersho, "Adaptive postfiltering for quality enhancement of coded
speech", IEEE Trans. Speech Audio Process. 3(1), 1995), which knows the period that is wanted. What
lies below any voice goes before that: errors of a WaveNet add up there, and the bands of a mel
spectrum are too wide to tell them from a low voice. What both do to the spectrum
:mod:`speechgen.synthesis.postfilter` mends.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from speechgen.features.pitch_rows import NUM_ROWS, periods

_LOWEST_HZ = 30.0  # a voice is higher
_WEIGHTS = (1.0, 0.8, 0.6, 0.4)  # of the sample, and of those 1 to 3 periods away on either side


def without_rumble(wave: np.ndarray, sample_rate: int) -> np.ndarray:
    """``wave`` (time,) without what is below 30 Hz, float32; no part of it is delayed."""
    from scipy.signal import butter, sosfiltfilt

    sections = butter(2, _LOWEST_HZ, "highpass", fs=sample_rate, output="sos")
    padding = min(sample_rate // 10, len(wave) - 1)
    return np.asarray(sosfiltfilt(sections, wave, padlen=padding), np.float32)


@torch.inference_mode()
def strengthen_pitch(
    wave: np.ndarray, frames: Tensor, *, sample_rate: int, hop_samples: int
) -> np.ndarray:
    """Average voiced parts of ``wave`` over neighbouring pitch periods.

    Parameters
    ----------
    wave
        (time,), float.
    frames
        (feature, frame), of which the last two rows are
        :func:`speechgen.features.pitch_rows.pitch_rows`: those that the wave was generated from.
    sample_rate, hop_samples
        Of the wave in Hz, and of the frames.

    Returns
    -------
    ndarray
        (time,) float32, equal to ``wave`` where nothing is voiced.
    """
    rows = frames[-NUM_ROWS:].float().cpu()
    by_frame = periods(rows, sample_rate).double().numpy()
    voiced = by_frame > 0
    if not voiced.any():
        return np.array(wave, np.float32)
    given = np.asarray(wave, np.float64)
    time = np.arange(len(given))
    middles = (np.arange(len(by_frame)) + 0.5) * hop_samples - 0.5
    period = np.interp(time, middles[voiced], by_frame[voiced])
    made = _WEIGHTS[0] * given
    for far, weight in enumerate(_WEIGHTS[1:], 1):
        for shift in (-far * period, far * period):
            made += weight * _read(given, time + shift)
    made /= _WEIGHTS[0] + 2.0 * sum(_WEIGHTS[1:])
    share = np.clip(2.0 * np.interp(time, middles, voiced.astype(np.float64)) - 0.5, 0.0, 1.0)
    return (given + share * (made - given)).astype(np.float32)


def _read(wave: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.float64]:
    """``wave`` between its samples, on a line between two; the last ones hold at the ends.

    The line dulls what comes from other periods, where a voice is less periodic: at high frequency.
    """
    return np.interp(places, np.arange(len(wave)), wave)
