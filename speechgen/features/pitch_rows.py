"""Absolute pitch as two rows of a local condition, log-F0 and voicing, and back to periods."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

NUM_ROWS = 2
_CENTRE_HZ, _SCALE = 150.0, 0.7  # an octave is about 1; voices of 75 to 300 Hz lie in [-1, 1]
_VOICED = 0.125  # of a frame


def pitch_rows(
    f0_hz: NDArray[np.float64], voicing: NDArray[np.bool_], steps: int = 1
) -> NDArray[np.float32]:
    """Log-F0 and voicing of one utterance.

    Parameters
    ----------
    f0_hz
        (step,), above 0 where voiced.
    voicing
        (step,).
    steps
        Of a frame. With several of them voicing tells when in a frame a voice sets in or ends: the
        line through the middles of its frames crosses a half there.

    Returns
    -------
    ndarray
        (2, frame), float32, frame = ceil(step / steps): log-F0 relative to 150 Hz, about 1 for an
        octave, the mean over what is voiced of a frame and interpolated over what is unvoiced (0
        where nothing is voiced); and the part of the frame that is voiced, 0 to 1.
    """
    missing = -len(f0_hz) % steps
    heights = np.zeros(len(f0_hz))
    heights[voicing] = np.log(f0_hz[voicing] / _CENTRE_HZ) / _SCALE
    weight, height = (
        np.pad(values.astype(np.float64), (0, missing), mode="edge").reshape(-1, steps)
        for values in (voicing, heights)
    )
    count = weight.sum(axis=1)
    voiced = np.flatnonzero(count)
    rows = np.zeros((NUM_ROWS, len(weight)), np.float32)
    if len(voiced):
        mean = (height * weight).sum(axis=1)[voiced] / count[voiced]
        rows[0] = np.interp(np.arange(len(weight)), voiced, mean)
    rows[1] = count / steps
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
        (..., frame), float32; 0 where less than an eighth of a frame is voiced.
    """
    height, voicing = rows.float().unbind(dim=-2)
    period = sample_rate / _CENTRE_HZ * torch.exp(-_SCALE * height)
    return torch.where(voicing >= _VOICED, period, torch.zeros_like(period))


def hertz(rows: Tensor) -> Tensor:
    """(..., 2, frame) of :func:`pitch_rows` -> (..., frame) in Hz, where unvoiced as well."""
    return _CENTRE_HZ * torch.exp(_SCALE * rows[..., 0, :].float())


def is_voiced(rows: Tensor) -> Tensor:
    """(..., 2, frame) of :func:`pitch_rows` -> (..., frame) of bool: an eighth at least."""
    return rows[..., 1, :] >= _VOICED


def mean_hertz(rows: Tensor | NDArray[np.float32]) -> float | None:
    """Mean F0 of :func:`pitch_rows`, (2, frame), over voiced frames: geometric, in Hz.

    None where nothing is voiced.
    """
    height, voicing = torch.as_tensor(rows).double()
    voiced = height[voicing >= _VOICED]
    return _CENTRE_HZ * math.exp(_SCALE * voiced.mean().item()) if len(voiced) else None


def height(f0_hz: float) -> float:
    """The log-F0 of :func:`pitch_rows` that stands for ``f0_hz``, above 0."""
    return math.log(f0_hz / _CENTRE_HZ) / _SCALE


def moved_to(rows: Tensor, others: Tensor) -> Tensor:
    """The same melodies at the mean heights of others, over voiced frames.

    Parameters
    ----------
    rows, others
        (batch, feature, frame), whose last two features are :func:`pitch_rows`. Where one of the
        two is unvoiced throughout, the melody stays.
    """
    own, theirs = _mean_height(rows), _mean_height(others)
    step = torch.nan_to_num(theirs - own)[:, None].to(rows.dtype)
    return torch.cat([rows[:, :-2], rows[:, -2:-1] + step[:, None], rows[:, -1:]], dim=1)


def _mean_height(rows: Tensor) -> Tensor:
    """(batch,), NaN where nothing is voiced."""
    height, voicing = rows[:, -NUM_ROWS:].float().unbind(dim=1)
    voiced = (voicing >= _VOICED).float()
    return (height * voiced).sum(dim=1) / voiced.sum(dim=1)


def shifted(rows: Tensor, factor: float) -> Tensor:
    """The same melody ``factor`` times as high."""
    higher = rows.clone()
    higher[..., 0, :] += math.log(factor) / _SCALE
    return higher
