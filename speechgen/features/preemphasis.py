"""Pre-emphasis, a first-order high-frequency boost, and its exact inverse."""

from __future__ import annotations

import torch
from torch import Tensor

_NEGLIGIBLE = 1e-12


def preemphasis(x: Tensor, coefficient: float) -> Tensor:
    """``y[t] = x[t] - coefficient * x[t - 1]``, with ``x[-1] = 0``.

    Parameters
    ----------
    x
        Waveform of shape (..., time).
    coefficient
        In [0, 1); 0.95 in SEGAN, 0 changes nothing.

    Returns
    -------
    Tensor
        Same shape. :func:`deemphasis` with the same coefficient gives ``x`` back.
    """
    _check(coefficient)
    return _add_delayed(x, -coefficient, 1)


def deemphasis(x: Tensor, coefficient: float, *, before: Tensor | None = None) -> Tensor:
    """``y[t] = x[t] + coefficient * y[t - 1]``, with ``y[-1] = 0``; undoes :func:`preemphasis`.

    The recursion is unrolled as ``1 / (1 - c z^-1) = prod_k (1 + c^(2^k) z^(-2^k))``: a handful
    of vector additions instead of a loop over time, differentiable on any device. Factors whose
    coefficient is below 1e-12 are left out.

    Parameters
    ----------
    x
        Waveform of shape (..., time).
    coefficient
        In [0, 1).
    before
        Where ``x`` continues an earlier part: the last output sample (..., 1) of that.
    """
    _check(coefficient)
    if before is not None and coefficient and x.shape[-1]:
        x = torch.cat([x[..., :1] + coefficient * before, x[..., 1:]], dim=-1)
    delay, gain = 1, float(coefficient)
    while gain > _NEGLIGIBLE and delay < x.shape[-1]:
        x = _add_delayed(x, gain, delay)
        delay, gain = 2 * delay, gain * gain
    return x


def _add_delayed(x: Tensor, gain: float, delay: int) -> Tensor:
    return torch.cat([x[..., :delay], x[..., delay:] + gain * x[..., :-delay]], dim=-1)


def _check(coefficient: float) -> None:
    if not 0.0 <= coefficient < 1.0:
        raise ValueError(f"pre-emphasis coefficient must be in [0, 1), not {coefficient}")
