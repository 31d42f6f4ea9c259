"""ConvNeXt block over a sequence: what is done at each place, and the block that looks both ways.

Z. Liu et al., "A ConvNet for the 2020s", arXiv:2201.03545, figure 4, in one dimension as in H.
Siuzdak, "Vocos", arXiv:2306.00814, section 3.1::

    x --> depthwise conv --> layer norm --> 1x1 wide --> GELU --> 1x1 --> * scale --> + --> x
    |_____________________________________________________________________________________^
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.errors import ConfigError


class ConvNeXt(nn.Module):
    """The weights of a block, and all of it that follows the depthwise convolution.

    Parameters
    ----------
    channels, hidden_channels
        Width of the block, and between its two 1x1 convolutions.
    kernel_size
        Taps of the depthwise convolution.
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
        self.depthwise = nn.Parameter(torch.empty(channels, 1, kernel_size))
        nn.init.normal_(self.depthwise, std=kernel_size**-0.5)
        self.norm = nn.LayerNorm(channels)
        self.wide = nn.Linear(channels, hidden_channels)
        self.narrow = nn.Linear(hidden_channels, channels)
        self.scale = nn.Parameter(torch.full((channels,), initial_scale))

    def added(self, convolved: Tensor, modulation: Tensor | None = None) -> Tensor:
        """What is added to the input, (batch, channel, time), from the depthwise convolution's.

        ``modulation`` (batch, 2, channel) is a scale, as its difference from 1, and a shift of
        each channel after the norm: E. Perez et al., "FiLM", arXiv:1709.07871, section 2.
        """
        y = self.norm(convolved.transpose(1, 2))
        if modulation is not None:
            y = y * (1.0 + modulation[:, :1]) + modulation[:, 1:]
        y = self.narrow(F.gelu(self.wide(y)))
        if self.training:
            y = F.dropout(y, self.dropout)
        return (self.scale * y).transpose(1, 2)


class CentredConvNeXt(ConvNeXt):
    """One block that looks both ways; what lies beyond a sequence's length counts as zeros.

    ``kernel_size`` is odd; parameters as of :class:`ConvNeXt`.
    """

    def __init__(
        self, channels: int, hidden_channels: int, kernel_size: int = 7, **options: float
    ) -> None:
        super().__init__(channels, hidden_channels, kernel_size, **options)
        if kernel_size % 2 == 0:
            raise ConfigError(
                f"a centred ConvNeXt block needs an odd kernel size, not {kernel_size}"
            )

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(batch, channel, time) -> the same; ``mask`` (batch, 1, time) is 1 where x counts."""
        reach = self.depthwise.shape[2] // 2
        y = F.conv1d(x * mask, self.depthwise, padding=reach, groups=len(self.scale))
        return x + self.added(y)


def mask_of(lengths: Tensor, count: int) -> Tensor:
    """(batch, 1, count): 1 before the length (batch,) of each example, 0 from there on."""
    return (torch.arange(count, device=lengths.device) < lengths[:, None])[:, None].float()
