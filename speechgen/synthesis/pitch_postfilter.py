"""A pitch post-filter: what was drawn becomes as periodic as it was told to be.

A WaveNet draws every sample with some noise, and in a voice far from those it learnt it may whisper
where it should have a voice. Where the melody that it was given is voiced, the wave is averaged
with itself one to three pitch periods before and after::

                                      period of each sample
                                               |
    wave[t] --> mean over k of wave[t + k * period(t)], k = -3 ... 3 --> wave

Harmonics add up and what lies between them does not. It is the long-term part of the post-filters
of speech coding (J.-H. Chen, A. Gersho, "Adaptive postfiltering for quality enhancement of coded
speech", IEEE Trans. Speech Audio Process. 3(1), 1995), which knows the period that is wanted. What
lies below any voice goes before that: errors of a WaveNet add up there, and the bands of a mel
spectrum are too wide to tell them from a low voice. :mod:`speechgen.synthesis.low_band` puts a
room's rumble in its place where nobody speaks, and what all of them do to the spectrum
:mod:`speechgen.synthesis.postfilter` mends.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from speechgen.features.pitch_rows import NUM_ROWS, periods

_LOWEST_HZ = 30.0  # a voice is higher
_PERIODS = 3  # on either side of a sample


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
        :func:`speechgen.features.pitch_rows.pitch_rows`: those that the wave was generated from,
        ceil(time / hop) of them.
    sample_rate, hop_samples
        Of the wave in Hz, and of the frames.

    Returns
    -------
    ndarray
        (time,) float32, equal to ``wave`` where nothing is voiced.
    """
    by_frame = _periods(frames, sample_rate)
    voiced = by_frame > 0
    if not voiced.any():
        return np.array(wave, np.float32)
    given = np.asarray(wave, np.float64)
    time = np.arange(len(given))
    middles = (np.arange(len(voiced)) + 0.5) * hop_samples - 0.5
    period = np.interp(time, middles[voiced], by_frame[voiced])
    made = np.array(given)
    for far in range(1, _PERIODS + 1):
        for shift in (-far * period, far * period):
            made += _read(given, time + shift)
    made /= 1 + 2 * _PERIODS
    share = voiced_share(frames, len(given), sample_rate=sample_rate, hop_samples=hop_samples)
    return (given + share * (made - given)).astype(np.float32)


def voiced_share(
    frames: Tensor, length: int, *, sample_rate: int, hop_samples: int
) -> NDArray[np.float32]:
    """How voiced each of ``length`` samples is: 1 in voiced frames, .5 at their borders, else 0.

    ``frames`` (feature, frame) as for :func:`strengthen_pitch`. A slope is half a frame long.
    """
    voiced = torch.from_numpy(_periods(frames, sample_rate) > 0).float()
    return np.clip(2.0 * by_sample(voiced, length, hop_samples) - 0.5, 0.0, 1.0)


def by_sample(values: Tensor, length: int, hop_samples: int) -> NDArray[np.float32]:
    """Values (frame,) of each of ``length`` samples, on lines between the middles of frames.

    No more samples than frames times hop.
    """
    of_all = F.interpolate(values[None, None].float(), scale_factor=hop_samples, mode="linear")
    return np.asarray(of_all[0, 0, :length].numpy())


def _periods(frames: Tensor, sample_rate: int) -> NDArray[np.float64]:
    """Of each frame in samples, 0 where it is unvoiced."""
    return np.asarray(periods(frames[-NUM_ROWS:].float().cpu(), sample_rate).double().numpy())


def _read(wave: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.float64]:
    """``wave`` between its samples, on a line between two; the last ones hold at the ends.

    The line dulls what comes from other periods, where a voice is less periodic: at high frequency.
    """
    return np.interp(places, np.arange(len(wave)), wave)
