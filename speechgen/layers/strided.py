"""Convolutions that change the rate by a whole factor and keep the time axis aligned.

::

    strided_down   time = n * stride   ->  n            every output sits over its `stride` inputs
    strided_up     time = n            ->  n * stride   the adjoint of the above, same alignment

All padding arithmetic of strided networks is here; models only compose.
"""

from __future__ import annotations

import math

import torch
from torch import nn


def strided_padding(kernel_size: int, stride: int) -> tuple[int, int]:
    """Padding on each side, and the extra samples at the end of the transposed convolution.

    With these a time axis of ``n * stride`` samples becomes exactly ``n``, and back.

    Raises
    ------
    ValueError
        ``stride`` is below 2, or the kernel would leave samples unseen.
    """
    if stride < 2 or kernel_size < stride:
        raise ValueError(
            f"kernel_size {kernel_size} with stride {stride} does not cover the signal; "
            "take stride >= 2 and kernel_size >= stride"
        )
    padding = (kernel_size - stride + 1) // 2
    return padding, stride + 2 * padding - kernel_size


def strided_down(
    in_channels: int, out_channels: int, kernel_size: int, stride: int, *, bias: bool = True
) -> nn.Conv1d:
    """A convolution from (batch, in_channels, n * stride) to (batch, out_channels, n)."""
    padding, _ = strided_padding(kernel_size, stride)
    return nn.Conv1d(in_channels, out_channels, kernel_size, stride, padding, bias=bias)


def strided_up(
    in_channels: int, out_channels: int, kernel_size: int, stride: int, *, bias: bool = True
) -> nn.ConvTranspose1d:
    """A transposed convolution, (batch, in_channels, n) to (batch, out_channels, n * stride)."""
    padding, extra = strided_padding(kernel_size, stride)
    return nn.ConvTranspose1d(
        in_channels, out_channels, kernel_size, stride, padding, output_padding=extra, bias=bias
    )


@torch.no_grad()
def initialise(
    layer: nn.Conv1d | nn.ConvTranspose1d | nn.Linear, *, negative_slope: float = 1.0
) -> None:
    """Draw weights that keep the variance through ``layer`` and its leaky rectifier; biases zero.

    He et al. 2015 (arXiv:1502.01852), Eq. 14. The number of inputs of one output is counted as it
    is: a transposed convolution of stride s sums only kernel_size / s taps per output.

    Parameters
    ----------
    negative_slope
        Of the rectifier that follows; 1 where none does.
    """
    weight = layer.weight
    taps = math.prod(weight.shape[2:])
    if isinstance(layer, nn.ConvTranspose1d):
        inputs = layer.in_channels * taps / layer.stride[0]
    else:
        inputs = weight.shape[1] * taps
    weight.normal_(std=math.sqrt(2.0 / ((1.0 + negative_slope**2) * inputs)))
    if layer.bias is not None:
        layer.bias.zero_()
