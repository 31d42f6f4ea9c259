"""Distance of spectral envelopes: the log-likelihood ratio of linear prediction, differentiable.

F. Itakura, "Minimum prediction residual principle applied to speech recognition", IEEE Trans.
ASSP 23(1), 1975, equation 11, as in the measure of Y. Hu and P. C. Loizou (2008) that CSIG and COVL
are regressions on. Every frame counts alike, however soft, and only the shape of its envelope: what
dulls speech costs much, what changes its level nothing.

It is computed in double precision: what prediction leaves of speech is a millionth of a frame's
energy in the worst case, and in single precision two batch sizes gave gradients 1 % apart.
"""

from __future__ import annotations

import functools
import math

import torch
from jaxtyping import Float
from torch import Tensor

from speechgen.losses.agreement import check_same_shape

_ORDER = 16
_FRAME, _HOP, _FFT = 480, 240, 512  # samples; lags up to 32 do not wrap around
_ROUNDING = 1.0 / (12.0 * 32768.0**2)  # power of the noise that 16 bits have
_WHITE = 1e-6  # of a frame's energy, as white noise: slopes of dark frames would be too steep else
_BEST = 0.95  # of the frames, as in the measure


def log_likelihood_ratio(
    estimate: Float[Tensor, "... time"], target: Float[Tensor, "... time"]
) -> Float[Tensor, ""]:
    """Mean over the best 95 % of each example's frames; 0 for equal envelopes.

    Parameters
    ----------
    estimate, target
        At 16 kHz, in [-1, 1], aligned; frames are of 30 ms, every 15 ms.

    Raises
    ------
    ValueError
        The shapes differ, or the signals are shorter than a frame.
    """
    check_same_shape(estimate, target)
    if target.shape[-1] < _FRAME:
        raise ValueError(f"{target.shape[-1]} samples are shorter than a frame of {_FRAME}")
    estimate, target = (x.double().reshape(-1, x.shape[-1]) for x in (estimate, target))
    ours = _predictor(_autocorrelation(estimate))
    with torch.no_grad():
        theirs = _autocorrelation(target)
        optimal = _residual(_predictor(theirs), theirs)
    ratios = (_residual(ours, theirs) / optimal).clamp_min(1.0).log()  # (batch, frame)
    count = math.ceil(_BEST * ratios.shape[1])
    return ratios.topk(count, dim=1, largest=False).values.mean().float()


def _autocorrelation(waves: Float[Tensor, "batch time"]) -> Float[Tensor, "batch frame lag"]:
    """Lags 0 to 16 of each windowed frame over lag 0, which holds the floors of white noise."""
    window = _window().to(waves)
    frames = waves.unfold(-1, _FRAME, _HOP) * window
    powers = torch.view_as_real(torch.fft.rfft(frames, _FFT)).square().sum(-1)
    lags = torch.fft.irfft(powers, _FFT)[..., : _ORDER + 1]
    energy = (1.0 + _WHITE) * lags[..., :1] + _ROUNDING * window.square().sum()
    return torch.cat([torch.ones_like(energy), lags[..., 1:] / energy], dim=-1)


def _predictor(lags: Float[Tensor, "batch frame lag"]) -> Float[Tensor, "batch frame lag"]:
    """Prediction error filters (1, a_1, .., a_16) by Levinson and Durbin, all frames at once."""
    filters = torch.ones_like(lags[..., :1])
    error = lags[..., :1]
    for order in range(1, _ORDER + 1):
        products = filters * lags[..., 1 : order + 1].flip(-1)
        reflection = (-products.sum(-1, keepdim=True) / error).clamp(-0.99999, 0.99999)
        longer = torch.nn.functional.pad(filters, (0, 1))
        filters = longer + reflection * longer.flip(-1)
        error = (error * (1.0 - reflection.square())).clamp_min(1e-7)
    return filters


def _residual(
    filters: Float[Tensor, "batch frame lag"], lags: Float[Tensor, "batch frame lag"]
) -> Float[Tensor, "batch frame"]:
    """Power of what ``filters`` leave of a signal with the autocorrelation ``lags``."""
    size = 2 * _ORDER + 2
    powers = torch.view_as_real(torch.fft.rfft(filters, size)).square().sum(-1)
    own = torch.fft.irfft(powers, size)[..., : _ORDER + 1]
    twice = torch.cat([own[..., :1], 2.0 * own[..., 1:]], dim=-1)
    return (twice * lags).sum(-1).clamp_min(1e-9)


@functools.cache
def _window() -> Tensor:
    return torch.hann_window(_FRAME)
