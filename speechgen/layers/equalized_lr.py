"""The layers of growing networks: weights scaled as they are used, pixels normalised.

T. Karras et al., arXiv:1710.10196, sections 3, 4.1 and 4.2.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import conv2d, linear


class EqualisedConv2d(nn.Module):
    """A convolution that keeps height and width, whose weights are N(0, 1) and scaled at run time.

    The scale is He's constant, gain / sqrt(inputs), so that Adam gives every layer the same speed
    (section 4.1).
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel: int = 3, *, gain: float = math.sqrt(2.0)
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(out_channels))
        self.scale = gain / math.sqrt(in_channels * kernel**2)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in, height, width) -> (batch, out, height, width)."""
        padding = self.weight.shape[-1] // 2
        return conv2d(x, self.weight * self.scale, self.bias, padding=padding)


class EqualisedLinear(nn.Module):
    """A dense layer of the same kind."""

    def __init__(self, inputs: int, outputs: int, *, gain: float = math.sqrt(2.0)) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale = gain / math.sqrt(inputs)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, inputs) -> (batch, outputs)."""
        return linear(x, self.weight * self.scale, self.bias)


def pixel_norm(x: Tensor) -> Tensor:
    """Every pixel's features (axis 1) divided by their root mean square (section 4.2)."""
    return x * torch.rsqrt(x.square().mean(dim=1, keepdim=True) + 1e-8)


def with_batch_deviation(
    x: Float[Tensor, "batch channel height width"],
) -> Float[Tensor, "batch more height width"]:
    """``x`` and one more channel: the mean standard deviation over the batch (section 3).

    It lets a discriminator detect mode collapse: examples that are all alike.
    """
    deviation = (x.var(dim=0, unbiased=False) + 1e-8).sqrt().mean()
    return torch.cat([x, deviation.expand(x.shape[0], 1, *x.shape[2:])], dim=1)
