"""ConvNeXt block over a sequence that is known as a whole.

Z. Liu et al., "A ConvNet for the 2020s", arXiv:2201.03545, figure 4, in one dimension; the
depthwise convolution looks to both sides::

    x --> depthwise conv --> layer norm --> 1x1 wide --> GELU --> 1x1 --> * scale --> + --> x
    |_____________________________________________________________________________________^
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.errors import ConfigError


class CentredConvNeXt(nn.Module):
    """One block; what lies beyond a sequence's length counts as zeros.

    Parameters
    ----------
    channels, hidden_channels
        Width of the block, and between its two 1x1 convolutions.
    kernel_size
        Taps of the depthwise convolution, an odd number.
    initial_scale
        Of each channel before it is added.
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
        if min(channels, hidden_channels, kernel_size) < 1 or kernel_size % 2 == 0:
            raise ConfigError(
                "a centred ConvNeXt block needs channels and hidden channels of 1 or more and an "
                f"odd kernel size, got {channels}, {hidden_channels} and {kernel_size}"
            )
        self.dropout = dropout
        self.depthwise = nn.Parameter(torch.empty(channels, 1, kernel_size))
        nn.init.normal_(self.depthwise, std=kernel_size**-0.5)
        self.norm = nn.LayerNorm(channels)
        self.wide = nn.Linear(channels, hidden_channels)
        self.narrow = nn.Linear(hidden_channels, channels)
        self.scale = nn.Parameter(torch.full((channels,), initial_scale))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(batch, channel, time) -> the same; ``mask`` (batch, 1, time) is 1 where x counts."""
        reach = self.depthwise.shape[2] // 2
        y = F.conv1d(x * mask, self.depthwise, padding=reach, groups=len(self.scale))
        y = self.narrow(F.gelu(self.wide(self.norm(y.transpose(1, 2)))))
        return x + (self.scale * F.dropout(y, self.dropout, self.training)).transpose(1, 2)


def mask_of(lengths: Tensor, count: int) -> Tensor:
    """(batch, 1, count): 1 before the length (batch,) of each example, 0 from there on."""
    return (torch.arange(count, device=lengths.device) < lengths[:, None])[:, None].float()
