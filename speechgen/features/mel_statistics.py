"""A recording as the mean and the deviation of its mel spectrum: a voice without any learning."""

from __future__ import annotations

import numpy as np

from speechgen.features.settings import FeatureSettings
from speechgen.features.spectrum import log_mel


def mel_statistics(wave: np.ndarray, sample_rate: int) -> np.ndarray:
    """Mean and deviation over time of the log-mel spectrum of a wave whose peak is 1.

    Cosines of these are what a speaker encoder has to beat. They hear the room and the microphone
    as well as the voice, and so do well where each speaker was recorded at one place.

    Parameters
    ----------
    wave
        (time,), float, not empty.
    sample_rate
        Hz.

    Returns
    -------
    ndarray
        (160,), float64: the means of 80 bands, then their deviations.
    """
    wave = np.asarray(wave, np.float32)
    peak = max(float(np.abs(wave).max()), 1e-4)
    bands = log_mel(wave / peak, FeatureSettings("mel", sample_rate=sample_rate)).double().numpy()
    return np.concatenate([bands.mean(axis=1), bands.std(axis=1)])
