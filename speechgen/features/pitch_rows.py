"""Absolute pitch as two rows of a local condition, log-F0 and voicing, and back to periods."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

NUM_ROWS = 2
_CENTRE_HZ, _SCALE = 150.0, 0.7  # an octave is about 1; voices of 75 to 300 Hz lie in [-1, 1]


def pitch_rows(f0_hz: NDArray[np.float64], voicing: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Log-F0 and voicing of one utterance.

    Parameters
    ----------
    f0_hz
        (frame,), above 0 where voiced.
    voicing
        (frame,).

    Returns
    -------
    ndarray
        (2, frame), float32: log-F0 relative to 150 Hz, about 1 for an octave, interpolated over
        what is unvoiced (0 where nothing is voiced); and 0 or 1.
    """
    rows = np.zeros((NUM_ROWS, len(f0_hz)), np.float32)
    if voicing.any():
        height = np.log(f0_hz[voicing] / _CENTRE_HZ) / _SCALE
        rows[0] = np.interp(np.arange(len(f0_hz)), np.flatnonzero(voicing), height)
    rows[1] = voicing
    return rows


def periods(rows: Tensor, sample_rate: int) -> Tensor:
    """Samples of a pitch period, from :func:`pitch_rows`.

    Parameters
    ----------
    rows
        (..., 2, frame).
    sample_rate
        Hz.

    Returns
    -------
    Tensor
        (..., frame), float32; 0 where voicing is below a half.
    """
    height, voicing = rows.float().unbind(dim=-2)
    period = sample_rate / _CENTRE_HZ * torch.exp(-_SCALE * height)
    return torch.where(voicing >= 0.5, period, torch.zeros_like(period))


def hertz(rows: Tensor) -> Tensor:
    """(..., 2, frame) of :func:`pitch_rows` -> (..., frame) in Hz, where unvoiced as well."""
    return _CENTRE_HZ * torch.exp(_SCALE * rows[..., 0, :].float())


def mean_hertz(rows: Tensor | NDArray[np.float32]) -> float | None:
    """Mean F0 of :func:`pitch_rows`, (2, frame), over voiced frames: geometric, in Hz.

    None where nothing is voiced.
    """
    height, voicing = torch.as_tensor(rows).double()
    voiced = height[voicing >= 0.5]
    return _CENTRE_HZ * math.exp(_SCALE * voiced.mean().item()) if len(voiced) else None


def shifted(rows: Tensor, factor: float) -> Tensor:
    """The same melody ``factor`` times as high."""
    higher = rows.clone()
    higher[..., 0, :] += math.log(factor) / _SCALE
    return higher
