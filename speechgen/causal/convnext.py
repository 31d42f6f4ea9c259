"""ConvNeXt block over frames, causal and in chunks.

Z. Liu et al., "A ConvNet for the 2020s", arXiv:2201.03545, figure 4, in one dimension as in H.
Siuzdak, "Vocos", arXiv:2306.00814, section 3.1; the depthwise convolution here looks back only::

    x --> depthwise conv --> layer norm --> 1x1 wide --> GELU --> 1x1 --> * scale --> + --> x
    |_____________________________________________________________________________________^
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.causal.receptive_field import left_padding
from speechgen.causal.streaming_conv import Chunk
from speechgen.errors import ConfigError

_FEW_FRAMES = 8


class ChunkedConvNeXt(nn.Module):
    """One block; chunks of any length, the last ``kernel_size - 1`` inputs as the state.

    Parameters
    ----------
    channels, hidden_channels
        Width of the block, and between its two 1x1 convolutions.
    kernel_size
        Taps of the depthwise convolution, the last of which is the present frame.
    initial_scale
        Of each channel before it is added: small where many blocks follow each other.
    dropout
        Share of what is added that training leaves out.
    """

    def __init__(
        self,
        channels: int,
        hidden_channels: int,
        kernel_size: int = 7,
        *,
        initial_scale: float = 0.125,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if min(channels, hidden_channels, kernel_size) < 1:
            raise ConfigError(
                "a ConvNeXt block needs channels, hidden channels and kernel size of 1 or more, "
                f"got {channels}, {hidden_channels} and {kernel_size}"
            )
        self.dropout = dropout
        self.kept = left_padding(kernel_size, 1)
        self.depthwise = nn.Parameter(torch.empty(channels, 1, kernel_size))
        nn.init.normal_(self.depthwise, std=kernel_size**-0.5)
        self.norm = nn.LayerNorm(channels)
        self.wide = nn.Linear(channels, hidden_channels)
        self.narrow = nn.Linear(hidden_channels, channels)
        self.scale = nn.Parameter(torch.full((channels,), initial_scale))

    def initial_state(self, batch: int) -> Tensor:
        """The state after zeros only: (batch, channel, kernel_size - 1)."""
        return self.scale.new_zeros(batch, len(self.scale), self.kept)

    def stream(
        self, x: Chunk, state: Tensor, modulation: Tensor | None = None
    ) -> tuple[Chunk, Tensor]:
        """The outputs of the next frames, as many as those, and the state after them.

        ``modulation`` (batch, 2, channel) is a scale, as its difference from 1, and a shift of
        each channel after the norm: E. Perez et al., "FiLM", arXiv:1709.07871, section 2.
        """
        context = torch.cat([state.to(x.dtype), x], dim=2)
        y = self.norm(self._convolved(context).transpose(1, 2))
        if modulation is not None:
            y = y * (1.0 + modulation[:, :1]) + modulation[:, 1:]
        y = self.narrow(F.gelu(self.wide(y)))
        if self.training:
            y = F.dropout(y, self.dropout)
        return x + (self.scale * y).transpose(1, 2), context[:, :, context.shape[2] - self.kept :]

    def _convolved(self, context: Tensor) -> Tensor:
        """The depthwise convolution; of few frames a plain sum is ten times as fast."""
        if context.shape[2] - self.kept > _FEW_FRAMES:
            return F.conv1d(context, self.depthwise, groups=len(self.scale))
        taps = context.unfold(2, self.depthwise.shape[2], 1)
        return (taps * self.depthwise).sum(dim=3)
