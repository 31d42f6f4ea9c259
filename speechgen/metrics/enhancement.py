"""All measures of one enhanced file at once."""

from __future__ import annotations

import numpy as np

from speechgen.audio import as_pair
from speechgen.metrics.composite import composite
from speechgen.metrics.metric_table import ENHANCEMENT_METRICS
from speechgen.metrics.perceptual import pesq_wb, stoi
from speechgen.metrics.signal import si_sdr


def enhancement_scores(
    clean: np.ndarray, estimate: np.ndarray, sample_rate: int = 16000
) -> dict[str, float]:
    """PESQ, STOI, SI-SDR, SSNR, CSIG, CBAK and COVL of a pair.

    Parameters
    ----------
    clean, estimate
        (time,), same length, in [-1, 1].
    sample_rate
        16000 Hz.

    Raises
    ------
    ValueError
        A measure is not defined for the pair: silent, too short, without speech, another rate,
        lengths that differ. The message says which.
    """
    clean, estimate = as_pair(clean, estimate)
    for name, wave in (("clean", clean), ("estimate", estimate)):
        if not np.any(wave):
            raise ValueError(f"{name} is silent")
    scores = {"STOI": stoi(clean, estimate, sample_rate), "SI-SDR": si_sdr(clean, estimate)}
    scores |= composite(clean, estimate, sample_rate, pesq=pesq_wb(clean, estimate, sample_rate))
    return {name: scores[name] for name in ENHANCEMENT_METRICS}
