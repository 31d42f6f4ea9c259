"""Residual units over time that keep rate and length, and stages of them between two rates.

::

    x --> snake --> conv k, dilation d --> snake --> conv 1 --> (+) --> y
    |                                                          |
    '----------------------------------------------------------'
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from speechgen.layers.centred import CentredConv1d
from speechgen.layers.snake import Snake
from speechgen.layers.strided import initialise, strided_down


class CentredResidual(nn.Module):
    """A residual unit with a centred convolution.

    Parameters
    ----------
    channels
        Width.
    kernel_size, dilation
        Of the first convolution; the kernel is odd.
    """

    def __init__(self, channels: int, *, kernel_size: int = 3, dilation: int = 1) -> None:
        super().__init__()
        self.body = nn.Sequential(
            Snake(channels),
            CentredConv1d(channels, channels, kernel_size, dilation=dilation),
            Snake(channels),
            quiet(CentredConv1d(channels, channels, 1)),
        )

    def forward(
        self, x: Float[Tensor, "batch channel time"]
    ) -> Float[Tensor, "batch channel time"]:
        """As long as the input."""
        return x + self.body(x)


class DownStage(nn.Module):
    """A strided convolution to a lower rate, then residual units at that rate.

    Parameters
    ----------
    in_channels, out_channels
        Widths before and after.
    stride
        Inputs for one output; the kernel spans two of them.
    dilations
        Of the residual units.
    """

    def __init__(
        self, in_channels: int, out_channels: int, stride: int, *, dilations: Sequence[int] = (1, 3)
    ) -> None:
        super().__init__()
        down = strided_down(in_channels, out_channels, 2 * stride, stride)
        initialise(down)
        units = (CentredResidual(out_channels, dilation=dilation) for dilation in dilations)
        self.body = nn.Sequential(down, *units)

    def forward(
        self, x: Float[Tensor, "batch channel time"]
    ) -> Float[Tensor, "batch out_channel out_time"]:
        """(batch, in_channels, n * stride) -> (batch, out_channels, n)."""
        return self.body(x)


@torch.no_grad()
def quiet(layer: nn.Module, *, gain: float = 0.3) -> nn.Module:
    """``layer`` with weights times ``gain``: the last of a residual unit starts small."""
    weight: Tensor = layer.weight  # type: ignore[assignment]
    weight.mul_(gain)
    return layer
