"""Symbols in their surroundings, as a speaker says them.

::

    phone + stress --> (+) --> [ConvNeXt] x n --> layer norm
    speaker vector -----^
"""

from __future__ import annotations

from torch import Tensor, nn

from speechgen.layers.convnext import CentredConvNeXt, mask_of

_STRESSES = 3
_DEVIATION = 0.7


class SymbolEncoder(nn.Module):
    """Places in an alphabet and stresses to a sequence of features.

    Parameters
    ----------
    num_symbols
        Of the alphabet.
    speaker_features
        Of a speaker vector.
    channels, hidden_channels, blocks, kernel_size, dropout
        Of the ConvNeXt blocks.
    """

    def __init__(
        self,
        num_symbols: int,
        speaker_features: int,
        channels: int,
        hidden_channels: int,
        *,
        blocks: int,
        kernel_size: int = 7,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.phone = nn.Embedding(num_symbols, channels)
        self.stress = nn.Embedding(_STRESSES, channels)
        for table in (self.phone, self.stress):
            nn.init.normal_(table.weight, std=_DEVIATION)
        self.voice = nn.Linear(speaker_features, channels)
        self.blocks = nn.ModuleList(
            CentredConvNeXt(
                channels, hidden_channels, kernel_size, initial_scale=0.5, dropout=dropout
            )
            for _ in range(blocks)
        )
        self.norm = nn.LayerNorm(channels)

    def embedded(self, symbols: Tensor, stress: Tensor, num_symbols: Tensor) -> Tensor:
        """Each symbol by itself: (batch, symbol), twice -> (batch, channel, symbol)."""
        x: Tensor = (self.phone(symbols) + self.stress(stress)).transpose(1, 2)
        return x * mask_of(num_symbols, x.shape[2])

    def forward(self, embedded: Tensor, num_symbols: Tensor, speaker: Tensor) -> Tensor:
        """What :meth:`embedded` gives, in its surroundings: the same shape.

        Parameters
        ----------
        num_symbols
            (batch,), how many count.
        speaker
            (batch, feature), with entries of about 1.
        """
        mask = mask_of(num_symbols, embedded.shape[2])
        x = embedded + self.voice(speaker)[:, :, None]
        for block in self.blocks:
            x = block(x, mask)
        encoded: Tensor = self.norm(x.transpose(1, 2)).transpose(1, 2)
        return encoded
