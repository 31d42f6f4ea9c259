"""Which symbol each frame belongs to, learnt from speech and its symbols alone.

::

    symbols --> convs --> mean of each symbol's frames --.
    content, shape of the mel ----------------------------+--> log-density --> score

R. Badlani et al., "One TTS alignment to rule them all", arXiv:2108.10447, learn distances between
symbols and frames, normalised over symbols; which of two neighbours has a frame is then left open,
as long as each has one. Here frames are drawn from normal distributions about what their symbols
tell, as in J. Kim et al., "Glow-TTS", arXiv:2005.11129, section 3.1, so the sum over alignments is
a likelihood, whose maximum is where sounds change.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.layers.convnext import mask_of

_FLOOR = 1e-2  # of variances
_NEVER = -1e4


class Aligner(nn.Module):
    """Log-densities of frames, given each of the symbols.

    The density is a product over rows, which are no independent of each other; so its power
    ``rows ** -0.5`` is what counts.

    Parameters
    ----------
    symbol_channels, rows
        Of symbols, and of frames.
    channels
        Between.
    """

    def __init__(self, symbol_channels: int, rows: int, channels: int = 128) -> None:
        super().__init__()
        self.enter = nn.Conv1d(symbol_channels, channels, 3, padding=1)
        self.mean = nn.Conv1d(channels, rows, 1)
        self.direct = nn.Conv1d(symbol_channels, rows, 1, bias=False)
        self.log_variance = nn.Parameter(torch.zeros(rows))

    def forward(
        self, symbols: Tensor, num_symbols: Tensor, frames: Tensor, prior: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """How well symbols and frames fit.

        Parameters
        ----------
        symbols
            (batch, symbol channel, symbol), zeros beyond their number (batch,).
        frames
            (batch, row, frame).
        prior
            (batch, frame, symbol), log-probabilities that are added.

        Returns
        -------
        tuple
            (batch, frame, symbol), log-probabilities in float32 of the symbols by each frame
            alone, and (batch, frame), the logarithm of the sum that they were divided by.
        """
        mean = self.mean(F.gelu(self.enter(symbols))) + self.direct(symbols)
        with torch.autocast(mean.device.type, enabled=False):
            variance = F.softplus(self.log_variance.float()) + _FLOOR
            scale = variance.rsqrt()[:, None]
            x, m = (frames.float() * scale).transpose(1, 2), (mean.float() * scale).transpose(1, 2)
            square = (x**2).sum(2)[:, :, None] - 2.0 * x @ m.transpose(1, 2)
            square = square + (m**2).sum(2)[:, None]
            constant = variance.log().sum() + len(variance) * math.log(2.0 * math.pi)
            density = -0.5 * (square + constant) * len(variance) ** -0.5
            if prior is not None:
                density = density + prior
            kept = mask_of(num_symbols, mean.shape[2])
            density = density.masked_fill(kept < 0.5, _NEVER)
            evidence = density.logsumexp(dim=2)
            return density - evidence[:, :, None], evidence
