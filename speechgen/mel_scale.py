"""Triangular filters on Slaney's mel scale, for features and losses alike.

The scale is that of M. Slaney's Auditory Toolbox (Interval technical report 1998-010): linear below
1 kHz with 15 mels for them, logarithmic above with 27 mels for a factor of 6.4.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

_HZ_OF_A_MEL = 200.0 / 3
_EDGE_HZ = 1000.0  # where the scale turns logarithmic
_EDGE_MEL = _EDGE_HZ / _HZ_OF_A_MEL
_STEP = math.log(6.4) / 27.0


def triangular_filters(
    sample_rate: int, fft_samples: int, num_mels: int, fmin_hz: float, fmax_hz: float
) -> Tensor:
    """Filters of height 1 between neighbours on the mel scale, and their corners.

    Parameters
    ----------
    sample_rate, fft_samples
        Of the spectra: bins lie at 0 to sample_rate // 2 Hz.
    num_mels
        How many filters.
    fmin_hz, fmax_hz
        Where the first begins and the last ends.

    Returns
    -------
    Tensor
        (num_mels, fft_samples // 2 + 1), float32, bit for bit what torchaudio's
        ``melscale_fbanks`` gives with ``mel_scale="slaney"``, which trained models have seen.
    """
    return _triangles(sample_rate, fft_samples, _corners_hz(num_mels, fmin_hz, fmax_hz))


def unit_area_filters(
    sample_rate: int, fft_samples: int, num_mels: int, fmin_hz: float, fmax_hz: float
) -> Tensor:
    """:func:`triangular_filters` with an area of 1 each, in Hz (torchaudio's ``norm="slaney"``)."""
    corners = _corners_hz(num_mels, fmin_hz, fmax_hz)
    filters = _triangles(sample_rate, fft_samples, corners)
    return filters * (2.0 / (corners[2:] - corners[:-2])).unsqueeze(1)


def _triangles(sample_rate: int, fft_samples: int, corners: Tensor) -> Tensor:
    bins = torch.linspace(0, sample_rate // 2, fft_samples // 2 + 1, device="cpu")
    widths = corners.diff()
    above = corners.unsqueeze(1) - bins
    rising, falling = -above[:-2] / widths[:-1, None], above[2:] / widths[1:, None]
    return torch.minimum(rising, falling).clamp_min(0.0)


def _corners_hz(num_mels: int, fmin_hz: float, fmax_hz: float) -> Tensor:
    """(num_mels + 2,) frequencies at equal distances on the scale."""
    mels = torch.linspace(_mel(fmin_hz), _mel(fmax_hz), num_mels + 2, device="cpu")
    logarithmic = mels >= _EDGE_MEL
    hertz = _HZ_OF_A_MEL * mels
    hertz[logarithmic] = _EDGE_HZ * torch.exp(_STEP * (mels[logarithmic] - _EDGE_MEL))
    return hertz


def _mel(hertz: float) -> float:
    if hertz < _EDGE_HZ:
        return hertz / _HZ_OF_A_MEL
    return _EDGE_MEL + math.log(hertz / _EDGE_HZ) / _STEP
