"""Log-spectral distance of waveforms, in dB."""

from __future__ import annotations

import numpy as np

from speechgen.audio import as_pair, check_rate
from speechgen.features import stft_magnitude

_WINDOW_SECONDS = 0.032
_HOP_SECONDS = 0.008
_FLOOR = 1e-4


def log_spectral_distance(clean: np.ndarray, estimate: np.ndarray, sample_rate: int) -> float:
    """Root mean square difference of levels over the bins of a frame, averaged over frames, in dB.

    A. H. Gray, J. D. Markel 1976 (doi:10.1109/TASSP.1976.1162849), Eq. 1, on spectra of 32 ms
    every 8 ms. Bins below -80 dB of a full-scale sine count as that.

    Parameters
    ----------
    clean, estimate
        (time,), same length.
    sample_rate
        Hz.
    """
    clean, estimate = as_pair(clean, estimate)
    window_samples = round(_WINDOW_SECONDS * check_rate(sample_rate))
    levels = []
    for wave in (clean, estimate):
        magnitude = stft_magnitude(
            wave,
            fft_samples=1 << (window_samples - 1).bit_length(),
            window_samples=window_samples,
            hop_samples=round(_HOP_SECONDS * sample_rate),
        )
        scaled = (magnitude / (window_samples / 4)).double().clamp_min(_FLOOR)
        levels.append(20.0 * scaled.log10())
    difference = (levels[0] - levels[1]).square().mean(dim=0).sqrt()
    return float(difference.mean())
