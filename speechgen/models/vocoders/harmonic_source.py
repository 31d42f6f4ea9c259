"""The excitation of voiced speech: all harmonics of F0 up to half the sample rate, in phase.

X. Wang, S. Takaki, J. Yamagishi, "Neural source-filter waveform models", arXiv:1904.12088, take
sines for it; a sum of cosines is a train of pulses, and has a closed form (Dirichlet's kernel)::

    1 + 2 sum_{k=1..K} cos(2 pi k p) = sin((2 K + 1) pi p) / sin(pi p),   p: phase in cycles
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

_BAND = 0.98  # of half the sample rate holds harmonics
_STEEPNESS = 4.0  # a source sets in within about a quarter of a frame
_SMALL = 1e-4  # sine of half the phase below which the kernel is its limit


def between_frames(values: Tensor, hop_samples: int) -> Tensor:
    """(..., frame) -> (..., (frame - 1) * hop), linear from middle to middle of frames."""
    share = (torch.arange(hop_samples, device=values.device) + 0.5) / hop_samples
    rise = values.diff(dim=-1)[..., None]
    return (values[..., :-1, None] + rise * share.to(values.dtype)).flatten(-2)


def onsets(voicing: Tensor) -> Tensor:
    """Voicing of :func:`between_frames` -> 0 or 1, and little between, where it crosses a half.

    With parts of frames for voicing that is where voices set in and end
    (:func:`speechgen.features.pitch_rows.pitch_rows`).
    """
    return (_STEEPNESS * (voicing - 0.5) + 0.5).clamp(0.0, 1.0)


def phases(f0_hz: Tensor, sample_rate: int, start: Tensor | float = 0.0) -> Tensor:
    """Cycles since the beginning, in float64.

    Parameters
    ----------
    f0_hz
        (batch, time).
    start
        Cycles before the first sample, (batch, 1) or one number.
    """
    return start + (f0_hz.double() / sample_rate).cumsum(dim=1)


def pulses(f0_hz: Tensor, cycles: Tensor, sample_rate: int) -> Tensor:
    """Harmonics of ``f0_hz``, all in phase, as strong as white noise of variance 1.

    The highest harmonic fades in and out as F0 goes by, so that none appears at once.

    Parameters
    ----------
    f0_hz
        (batch, time), above 0 and below half the sample rate.
    cycles
        (batch, time) of :func:`phases`.

    Returns
    -------
    Tensor
        (batch, time), with the mean power 1 whatever F0 is.
    """
    phase = cycles - cycles.round()  # in [-.5, .5]
    phase = phase.to(f0_hz.dtype)
    number = _BAND * 0.5 * sample_rate / f0_hz
    whole = number.floor()
    share = number - whole
    total = (1.0 - share) * _kernel(phase, whole) + share * _kernel(phase, whole + 1.0)
    return total * (4.0 * f0_hz / sample_rate / _BAND).sqrt()


def _kernel(phase: Tensor, harmonics: Tensor) -> Tensor:
    """The sum of ``harmonics`` cosines of 1, 2, 3, ... times the phase."""
    half = torch.sin(math.pi * phase)
    near = half.abs() < _SMALL
    ratio = torch.sin((2 * harmonics + 1) * math.pi * phase) / half.masked_fill(near, 1.0)
    return 0.5 * (torch.where(near, 2 * harmonics + 1, ratio) - 1.0)
