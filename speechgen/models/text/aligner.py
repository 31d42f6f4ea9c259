"""Which symbol each frame belongs to, learnt from speech and its symbols alone.

::

    symbols -----------------> conv, conv --> keys ---.
    content, shape of the mel -> convs ----> queries --+--> - distance --> softmax over symbols

R. Badlani et al., "One TTS alignment to rule them all", arXiv:2108.10447, equations 1 to 3; the
frames are those of a recogniser's content beside the mel.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.layers.convnext import mask_of


class Aligner(nn.Module):
    """Log-probabilities of the symbols of every frame.

    Parameters
    ----------
    symbol_channels, frame_channels
        Of what comes in.
    channels
        Of keys and queries.
    """

    def __init__(self, symbol_channels: int, frame_channels: int, channels: int = 64) -> None:
        super().__init__()
        self.keys = nn.ModuleList(
            [
                nn.Conv1d(symbol_channels, 2 * channels, 3, padding=1),
                nn.Conv1d(2 * channels, channels, 1),
            ]
        )
        self.queries = nn.ModuleList(
            [
                nn.Conv1d(frame_channels, 2 * channels, 3, padding=1),
                nn.Conv1d(2 * channels, 2 * channels, 3, padding=1),
                nn.Conv1d(2 * channels, channels, 1),
            ]
        )

    def forward(
        self, symbols: Tensor, num_symbols: Tensor, frames: Tensor, prior: Tensor | None = None
    ) -> Tensor:
        """The scores of :mod:`speechgen.models.text.monotonic`.

        Parameters
        ----------
        symbols
            (batch, symbol channel, symbol), zeros beyond their number (batch,).
        frames
            (batch, frame channel, frame).
        prior
            (batch, frame, symbol), log-probabilities to begin with.

        Returns
        -------
        Tensor
            (batch, frame, symbol), log-probabilities in float32.
        """
        keys, queries = _through(self.keys, symbols), _through(self.queries, frames)
        with torch.autocast(keys.device.type, enabled=False):
            distance = torch.cdist(queries.float().transpose(1, 2), keys.float().transpose(1, 2))
            scores = -(distance**2) / (2.0 * keys.shape[1] ** 0.5)
            if prior is not None:
                scores = scores + prior
            kept = mask_of(num_symbols, keys.shape[2])
            return scores.masked_fill(kept < 0.5, -1e4).log_softmax(dim=2)


def _through(layers: nn.ModuleList, x: Tensor) -> Tensor:
    for number, layer in enumerate(layers):
        x = layer(F.gelu(x) if number else x)
    return x
