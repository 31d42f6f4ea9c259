"""From frames to the filters of a vocoder's sources, beginning with the log-mel spectrum itself."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.features import mel_filters
from speechgen.features.extraction import MEL_CENTRE, MEL_SCALE
from speechgen.features.pitch_rows import NUM_ROWS

LARGEST_LOG_GAIN = 8.0
_GRID = 8192  # transform length on which the bands' centres are looked for
_MEL_OF_NOISE = 0.107 + 0.5 * math.log(2)  # natural log-mel of two noises of variance 1, about


class FilterHead(nn.Module):
    """Gains of harmonics and of noise in each short frame.

    A network's output is added to what the frame's log-mel spectrum says, so that training begins
    with about the right spectrum.

    Parameters
    ----------
    channels
        Of the network.
    local_features
        Rows of the frames: log-mel bands from 0 to half the sample rate, log-F0 and voicing.
    num_bins, fold
        Size of a short spectrum, and how many there are for each frame.
    sample_rate
        Hz.
    """

    def __init__(
        self, channels: int, local_features: int, num_bins: int, fold: int, sample_rate: int
    ) -> None:
        super().__init__()
        self.sizes = (fold, 3, num_bins)
        self.norm = nn.LayerNorm(channels)
        self.head = nn.Linear(channels, fold * 3 * num_bins)
        nn.init.normal_(self.head.weight, std=0.1 * channels**-0.5)
        nn.init.zeros_(self.head.bias)
        self.skip = nn.Linear(local_features, num_bins)
        matrix, bias = mel_to_bins(local_features - NUM_ROWS, num_bins, sample_rate)
        with torch.no_grad():
            self.skip.weight.copy_(F.pad(matrix, (0, NUM_ROWS)))
            self.skip.bias.copy_(bias)

    def forward(self, hidden: Tensor, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Complex gains of the harmonics and real ones of the noise.

        Parameters
        ----------
        hidden
            (batch, channel, frame).
        frames
            (batch, feature, frame), those that ``hidden`` is about.

        Returns
        -------
        tuple
            (batch, frame * fold, bin) both.
        """
        values = self.head(self.norm(hidden.transpose(1, 2).to(self.head.weight.dtype)))
        values = values.unflatten(2, self.sizes)  # batch, frame, short frame, which, bin
        level = self.skip(frames.transpose(1, 2))[:, :, None]
        log_voiced, log_breath = (
            (level + values[:, :, :, which]).clamp_max(LARGEST_LOG_GAIN).flatten(1, 2)
            for which in (0, 1)
        )
        return torch.polar(log_voiced.exp(), values[:, :, :, 2].flatten(1, 2)), log_breath.exp()


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
