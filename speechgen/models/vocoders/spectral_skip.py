"""From a log-mel spectrum to log gains of frequency bins: where a vocoder's training begins."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from speechgen.features import mel_filters
from speechgen.features.extraction import MEL_CENTRE, MEL_SCALE

_GRID = 8192  # transform length on which the bands' centres are looked for
_MEL_OF_NOISE = 0.107 + 0.5 * math.log(2)  # natural log-mel of two noises of variance 1, about


def mel_to_bins(num_mels: int, num_bins: int, sample_rate: int) -> tuple[Tensor, Tensor]:
    """Weights (bin, mel) and bias (bin,): linear interpolation between the centres of the bands.

    With them the scaled log-mel spectrum of :func:`speechgen.features.extract` becomes about the
    logarithm of the gain that gives a source of variance 1 that spectrum, where two such sources
    are added. The bands lie between 0 and half the sample rate.
    """
    with torch.device("cpu"):
        return _mel_to_bins(num_mels, num_bins, sample_rate)


def _mel_to_bins(num_mels: int, num_bins: int, sample_rate: int) -> tuple[Tensor, Tensor]:
    filters = mel_filters(sample_rate, _GRID, num_mels, 0.0, sample_rate / 2)
    centres = filters.argmax(dim=1).double() * (num_bins - 1) / (_GRID // 2)
    bins = torch.arange(num_bins).double()
    after = torch.searchsorted(centres, bins).clamp(1, max(num_mels - 1, 1))
    if num_mels == 1:
        weights = torch.ones(num_bins, 1, dtype=torch.float64)
    else:
        low, high = centres[after - 1], centres[after]
        share = ((bins - low) / (high - low).clamp_min(1e-6)).clamp(0.0, 1.0)
        weights = torch.zeros(num_bins, num_mels, dtype=torch.float64)
        weights.scatter_(1, (after - 1)[:, None], (1.0 - share)[:, None])
        weights.scatter_(1, after[:, None], share[:, None])
    bias = torch.full((num_bins,), MEL_CENTRE - _MEL_OF_NOISE)
    return (MEL_SCALE * weights).float(), bias.float()
