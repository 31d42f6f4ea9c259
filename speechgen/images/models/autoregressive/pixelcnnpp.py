"""PixelCNN++: whole pixels, two stacks over several sizes with shortcuts (arXiv:1701.05517).

::

    size 1    image --> strict --> n layers ------------------------------> n layers --> params
                                       | stride 2          shortcuts           ^ x 2
    size 1/2                       n layers ----------------------------> n layers
                                       | stride 2                              ^ x 2
    size 1/4                       n layers ----------------------------> n layers

Every layer has a stack for the rows above and one for rows above and pixels to the left, which sees
the first. All channels of a pixel are drawn at once from a mixture of logistics with linear
couplings (section 2.2), so that no channel has to be masked. Weight normalisation is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.causal import CausalConv2d, RowConv2d
from speechgen.errors import ConfigError
from speechgen.images.models.autoregressive.pixel_network import PixelNetwork, spread

Stacks = tuple[Tensor, Tensor]


def concat_elu(x: Tensor) -> Tensor:
    """ELU of x and of -x, side by side: (batch, channel, ...) -> (batch, 2 channel, ...)."""
    return F.elu(torch.cat([x, -x], dim=1))


class GatedResidual(nn.Module):
    """One layer of one stack: two convolutions, a gate, and inputs of other stacks.

    Parameters
    ----------
    channels
        Features.
    rows
        Whether the stack is that of the rows above.
    beside
        Features of other inputs: the other stack, a shortcut; 0 for none.
    dropout
        Between the convolutions (section 2.5).
    """

    def __init__(self, channels: int, *, rows: bool, beside: int, dropout: float) -> None:
        super().__init__()
        self.first = _conv(2 * channels, channels, rows=rows)
        self.beside = nn.Conv2d(2 * beside, channels, 1) if beside else None
        self.dropout = nn.Dropout2d(dropout)
        self.second = _conv(2 * channels, 2 * channels, rows=rows)

    def forward(self, x: Tensor, beside: Tensor | None = None, add: Tensor | None = None) -> Tensor:
        """(batch, channel, height, width); ``add`` is the class's, (batch, 2 channel, 1, 1)."""
        y = self.first(concat_elu(x))
        if self.beside is not None and beside is not None:
            y = y + self.beside(concat_elu(beside))
        y = self.second(self.dropout(concat_elu(y)))
        values, opened = (y if add is None else y + add).chunk(2, dim=1)
        return x + values * torch.sigmoid(opened)


class TwoStackResidual(nn.Module):
    """One layer of both stacks; with ``shortcut`` it takes the outputs of an earlier layer."""

    def __init__(self, channels: int, *, shortcut: bool, dropout: float) -> None:
        super().__init__()
        more = channels if shortcut else 0
        self.rows = GatedResidual(channels, rows=True, beside=more, dropout=dropout)
        self.pixels = GatedResidual(channels, rows=False, beside=channels + more, dropout=dropout)

    def forward(
        self, stacks: Stacks, shortcut: Stacks | None = None, add: Tensor | None = None
    ) -> Stacks:
        """Both stacks, (batch, channel, height, width) each, to the same."""
        to_rows, to_pixels = (None, None) if add is None else add.chunk(2, dim=1)
        rows = self.rows(stacks[0], shortcut[0] if shortcut else None, to_rows)
        beside = torch.cat([rows, shortcut[1]], dim=1) if shortcut else rows
        return rows, self.pixels(stacks[1], beside, to_pixels)


class Shrink(nn.Module):
    """Both stacks at every second row and column: what is seen there lies before the rest."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.rows = _conv(channels, channels, rows=True, stride=2)
        self.pixels = _conv(channels, channels, rows=False, stride=2)

    def forward(self, stacks: Stacks) -> Stacks:
        """(batch, channel, height, width) -> half the size, rounded up."""
        return self.rows(stacks[0]), self.pixels(stacks[1])


class Grow(nn.Module):
    """Both stacks to twice the size: a place feeds itself and its right and lower neighbours."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.rows = nn.Conv2d(channels, 4 * channels, 1)
        self.pixels = nn.Conv2d(channels, 4 * channels, 1)

    def forward(self, stacks: Stacks, height: int, width: int) -> Stacks:
        """To (batch, channel, height, width), cut off where that is odd."""
        rows, pixels = (
            F.pixel_shuffle(layer(x), 2)[:, :, :height, :width]
            for layer, x in zip((self.rows, self.pixels), stacks, strict=True)
        )
        return rows, pixels


class PixelCNNPP(PixelNetwork):
    """p(image) by two stacks of gated residual layers over several sizes.

    Parameters
    ----------
    image_shape, num_classes, output, levels, mixtures
        See :class:`PixelNetwork`; ``output`` must draw a pixel at once, as "logistic_mixture" does,
        or images have one channel.
    scales
        Sizes, each half of the one before.
    layers
        Residual layers at each size on the way down, and again on the way up.
    channels
        Features of each stack.
    dropout
        See :class:`GatedResidual`.
    """

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (3, 32, 32),
        num_classes: int = 0,
        output: str = "logistic_mixture",
        levels: int = 256,
        mixtures: int = 5,
        scales: int = 3,
        layers: int = 2,
        channels: int = 24,
        dropout: float = 0.0,
    ) -> None:
        super().__init__(image_shape, num_classes, output, levels, mixtures)
        if self.groups != 1 or min(scales, layers, channels) < 1 or not 0 <= dropout < 1:
            raise ConfigError(
                "PixelCNN++ draws all channels of a pixel at once (output logistic_mixture, or "
                "images of one channel) and needs scales, layers and channels of 1 or more and "
                f"dropout in [0, 1); got {output}, {scales}, {layers}, {channels}, {dropout}"
            )
        seen = self.image_shape[0] + 1  # a channel of ones tells the image from what is around it
        self.first_rows = RowConv2d(seen, channels, 2, 3, strict=True)
        self.first_pixels = CausalConv2d(seen, channels, above=1, left=1, right=1, strict=True)

        def path(shortcut: bool) -> Any:
            sizes = [
                [TwoStackResidual(channels, shortcut=shortcut, dropout=dropout)
                 for _ in range(layers)]
                for _ in range(scales)
            ]  # fmt: skip
            return nn.ModuleList(nn.ModuleList(size) for size in sizes)

        self.down, self.up = path(shortcut=False), path(shortcut=True)
        self.shrink = nn.ModuleList(Shrink(channels) for _ in range(scales - 1))
        self.grow = nn.ModuleList(Grow(channels) for _ in range(scales - 1))
        self.last = nn.Conv2d(2 * channels, self.num_outputs, 1)
        self.add_class_biases([4 * channels] * (2 * scales * layers))

    def outputs(self, x: Tensor, labels: Tensor | None) -> Tensor:
        """See :class:`PixelNetwork`."""
        add = iter([spread(bias) for bias in self.class_biases(labels)])
        x = torch.cat([x, torch.ones_like(x[:, :1])], dim=1)
        stacks = (self.first_rows(x), self.first_pixels(x))
        kept: list[Stacks] = []
        for scale, layers in enumerate(self.down):
            if scale:
                stacks = self.shrink[scale - 1](stacks)
            for layer in layers:
                stacks = layer(stacks, None, next(add))
                kept.append(stacks)
        for scale, layers in enumerate(self.up):
            if scale:
                stacks = self.grow[scale - 1](stacks, *kept[-1][0].shape[2:])
            for layer in layers:
                stacks = layer(stacks, kept.pop(), next(add))
        return self.last(concat_elu(stacks[1]))


def _conv(in_channels: int, out_channels: int, *, rows: bool, stride: int = 1) -> nn.Module:
    """Of rows above and its own (2 x 3), or of one row above and one pixel to the left (2 x 2)."""
    if rows:
        return RowConv2d(in_channels, out_channels, 2, 3, stride=stride)
    return CausalConv2d(in_channels, out_channels, above=1, left=1, stride=stride)
