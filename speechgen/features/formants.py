"""Formants of a mel spectrum moved up or down, as in a shorter or longer vocal tract.

The frequencies of the spectral envelope are multiplied (L. Lee, R. Rose, "A frequency warping
approach to speaker normalization", IEEE Trans. Speech and Audio Processing 6(1), 1998, equation 1),
and what is finer, which are the harmonics of F0, stays where it is. The envelope is what low-order
cepstra hold.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from speechgen.errors import ConfigError
from speechgen.features.settings import FeatureSettings
from speechgen.features.spectrum import dct_matrix, mel_filters

_SHARE = 0.2  # of the cepstra, which are in the envelope
_MOST = 2.0


def check_formants(factor: float) -> float:
    """``factor``, which must be in [0.5, 2] (:class:`ConfigError`)."""
    if not 1 / _MOST <= factor <= _MOST:
        raise ConfigError(f"formants are moved by a factor of {1 / _MOST} to {_MOST}, not {factor}")
    return factor


def formant_warp(factor: float, settings: FeatureSettings) -> Tensor:
    """The matrix (mel, mel) that moves the formants of mel frames.

    Parameters
    ----------
    factor
        1.1 for formants a tenth higher. What comes from beyond the last band is that band's.
    settings
        Of the frames, which are logarithms of mel magnitudes on any scale.
    """
    bands = settings.num_mels
    filters = mel_filters(
        settings.sample_rate, settings.fft_samples, bands, settings.fmin_hz, settings.fmax_hz
    ).double().numpy()  # fmt: skip
    bins = np.linspace(0.0, settings.sample_rate / 2, filters.shape[1])
    centres = (filters @ bins) / np.maximum(filters.sum(axis=1), 1e-12)
    place = np.interp(centres / factor, centres, np.arange(bands))
    below = np.minimum(place.astype(int), max(bands - 2, 0))
    rows = np.arange(bands)
    moved = np.zeros((bands, bands))
    moved[rows, below] = 1.0 - (place - below)
    moved[rows, np.minimum(below + 1, bands - 1)] += place - below
    cepstra = dct_matrix(math.ceil(_SHARE * bands), bands).double()
    envelope = cepstra.T @ cepstra
    still = torch.eye(bands, dtype=torch.float64)
    return (still + (torch.from_numpy(moved) - still) @ envelope).float()


def with_formants(mel: Tensor, warp: Tensor | None) -> Tensor:
    """(..., mel, frame) with its formants moved by :func:`formant_warp` (..., mel, mel), if any."""
    return mel if warp is None else warp.to(mel) @ mel
