"""Convolutional encoder and decoder for images of any size.

::

    (1, 28, 28) -> (16, 14, 14) -> (32, 7, 7) -> (32, 4, 4) -> dense -> features
    features -> dense -> (32, 4, 4) -> (32, 7, 7) -> (16, 14, 14) -> (outputs, 28, 28)

Every level halves the sides, rounding up; the decoder knows the sides of every level, so odd ones
are restored exactly. Between the levels there may be residual blocks (arXiv:1512.03385).
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from speechgen.layers.perceptron import activation_named

_UP_KERNEL = 4


class ResidualBlock(nn.Module):
    """x + conv(act(conv(act(x)))), two 3x3 convolutions that keep (batch, channel, height, width).

    The second convolution is zero at first, so a new block is the identity.
    """

    def __init__(self, channels: int, *, activation: str = "elu") -> None:
        super().__init__()
        last = nn.Conv2d(channels, channels, 3, padding=1)
        for weights in last.parameters():
            nn.init.zeros_(weights)
        self.path = nn.Sequential(
            activation_named(activation),
            nn.Conv2d(channels, channels, 3, padding=1),
            activation_named(activation),
            last,
        )

    def forward(self, x: Tensor) -> Tensor:
        """Same shape out as in."""
        return x + self.path(x)


class UpTo(nn.Module):
    """A transposed convolution of stride 2 that gives exactly ``size`` (height, width).

    The input has half of it, rounded up; an odd side loses its last row or column.
    """

    def __init__(self, in_channels: int, out_channels: int, size: tuple[int, int]) -> None:
        super().__init__()
        self.size = size
        self.up = nn.ConvTranspose2d(in_channels, out_channels, _UP_KERNEL, 2, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, in, ceil(height / 2), ceil(width / 2)) -> (batch, out, height, width)."""
        height, width = self.size
        return self.up(x)[..., :height, :width]


def level_sizes(image_shape: Sequence[int], levels: int) -> list[tuple[int, int]]:
    """(height, width) of the image and of every level, each half of the one before, rounded up."""
    height, width = image_shape[1:]
    sizes = [(height, width)]
    for _ in range(levels):
        height, width = (height + 1) // 2, (width + 1) // 2
        sizes.append((height, width))
    return sizes


def image_encoder(
    image_shape: Sequence[int],
    features: int,
    *,
    channels: Sequence[int] = (32, 64),
    blocks: int = 0,
    activation: str = "elu",
) -> nn.Sequential:
    """(batch, channel, height, width) -> (batch, features): strided 3x3, blocks, one dense layer.

    Parameters
    ----------
    channels
        Width of each level; their number is the number of halvings.
    blocks
        Residual blocks after each halving.
    """
    layers: list[nn.Module] = []
    before = image_shape[0]
    for width in channels:
        layers.append(nn.Conv2d(before, width, 3, stride=2, padding=1))
        layers += [ResidualBlock(width, activation=activation) for _ in range(blocks)]
        layers.append(activation_named(activation))
        before = width
    height, width = level_sizes(image_shape, len(channels))[-1]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(before * height * width, features))


class ImageDecoder(nn.Module):
    """(batch, features) -> (batch, outputs, height, width): mirrors :func:`image_encoder`.

    Parameters
    ----------
    outputs
        Channels at the end.
    channels, blocks, activation
        As the encoder's, in the encoder's order.
    """

    def __init__(
        self,
        features: int,
        image_shape: Sequence[int],
        *,
        outputs: int | None = None,
        channels: Sequence[int] = (32, 64),
        blocks: int = 0,
        activation: str = "elu",
    ) -> None:
        super().__init__()
        sizes = level_sizes(image_shape, len(channels))
        self.code_shape = (channels[-1], *sizes[-1])
        self.dense = nn.Linear(features, channels[-1] * sizes[-1][0] * sizes[-1][1])
        widths = [image_shape[0] if outputs is None else outputs, *channels]
        layers: list[nn.Module] = []
        for level in reversed(range(len(channels))):
            width = widths[level + 1]
            layers += [ResidualBlock(width, activation=activation) for _ in range(blocks)]
            layers += [activation_named(activation), UpTo(width, widths[level], sizes[level])]
        self.levels = nn.Sequential(*layers)

    def forward(self, features: Tensor) -> Tensor:
        """Output of the last convolution, without an activation."""
        return self.levels(self.dense(features).unflatten(1, self.code_shape))
