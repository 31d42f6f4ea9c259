"""Encoders of images and the decoders that mirror them: dense ones, and strided convolutions.

A strided convolution halves an axis, an odd one upwards; its mirror image restores the very size::

    encoder   28 x 28 -> 14 x 14 -> 7 x 7 -> code        15 x 9 -> 8 x 5 -> 4 x 3 -> code
    decoder   28 x 28 <- 14 x 14 <- 7 x 7 <- code        15 x 9 <- 8 x 5 <- 4 x 3 <- code
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from jaxtyping import Float
from torch import Tensor, nn

Images = Float[Tensor, "batch channel height width"]
Codes = Float[Tensor, "batch latent"]

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": lambda: nn.LeakyReLU(0.2),
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "linear": nn.Identity,
}


class DenseLayers(nn.Module):
    """Linear layers from ``widths[0]`` features to ``widths[-1]``, each with an activation.

    Parameters
    ----------
    widths
        Features before the first layer and after each.
    activation, last_activation
        Names in :data:`ACTIVATIONS`; the last layer has its own.
    """

    def __init__(
        self, widths: Sequence[int], activation: str = "relu", last_activation: str = "linear"
    ) -> None:
        super().__init__()
        for name in (activation, last_activation):
            if name not in ACTIVATIONS:
                raise ValueError(f"activation is {name!r}; known are {', '.join(ACTIVATIONS)}")
        if len(widths) < 2 or min(widths) < 1:
            raise ValueError(f"layers need widths of 1 or more, not {list(widths)}")
        pairs = list(zip(widths[:-1], widths[1:], strict=True))
        self.layers = nn.ModuleList(nn.Linear(inputs, outputs) for inputs, outputs in pairs)
        names = [activation] * (len(pairs) - 1) + [last_activation]
        self.activations = nn.ModuleList(ACTIVATIONS[name]() for name in names)

    def layer(self, index: int, x: Float[Tensor, "batch feature"]) -> Float[Tensor, "batch out"]:
        """One layer with its activation."""
        out: Tensor = self.activations[index](self.layers[index](x))
        return out

    def forward(self, x: Float[Tensor, "batch ..."]) -> Float[Tensor, "batch out"]:
        """(batch, ...), all but the batch flattened, to (batch, widths[-1])."""
        x = x.flatten(1)
        for index in range(len(self.layers)):
            x = self.layer(index, x)
        return x


class ConvEncoder(nn.Module):
    """Convolutions of stride 2, each with a rectifier, and a linear layer to the code.

    Parameters
    ----------
    image_shape
        Channels, height, width.
    channels
        Width after each convolution; their number is how often height and width are halved.
    latent
        Features of the code.
    kernel_size
        Odd.
    """

    def __init__(
        self, image_shape: Sequence[int], channels: Sequence[int], latent: int, kernel_size: int = 5
    ) -> None:
        super().__init__()
        sizes = conv_sizes(image_shape, channels, kernel_size)
        inputs = (sizes[0][0], *channels[:-1])
        self.convolutions = nn.ModuleList(
            nn.Conv2d(i, o, kernel_size, stride=2, padding=kernel_size // 2)
            for i, o in zip(inputs, channels, strict=True)
        )
        self.code = nn.Linear(math.prod(sizes[-1]), latent)

    def feature_maps(self, images: Images) -> list[Tensor]:
        """What each convolution gives: a list of (batch, channel, height, width)."""
        maps: list[Tensor] = []
        x = images
        for convolution in self.convolutions:
            x = convolution(x).relu()
            maps.append(x)
        return maps

    def forward(self, images: Images) -> Codes:
        """Images to codes (batch, latent), without an activation."""
        code: Tensor = self.code(self.feature_maps(images)[-1].flatten(1))
        return code


class ConvDecoder(nn.Module):
    """The mirror image of :class:`ConvEncoder`, of the same arguments; gives logits of pixels."""

    def __init__(
        self, image_shape: Sequence[int], channels: Sequence[int], latent: int, kernel_size: int = 5
    ) -> None:
        super().__init__()
        self.sizes = conv_sizes(image_shape, channels, kernel_size)
        self.code = nn.Linear(latent, math.prod(self.sizes[-1]))
        layers = []
        for small, large in zip(self.sizes[:0:-1], self.sizes[-2::-1], strict=True):
            extra = tuple(1 - length % 2 for length in large[1:])
            layers.append(
                nn.ConvTranspose2d(small[0], large[0], kernel_size, 2, kernel_size // 2, extra)
            )
        self.convolutions = nn.ModuleList(layers)

    def forward(self, codes: Codes) -> Images:
        """Codes (batch, latent) to logits of the image's exact shape."""
        x = self.code(codes).unflatten(1, self.sizes[-1])
        for convolution in self.convolutions:
            x = convolution(x.relu())
        return x


def conv_sizes(
    image_shape: Sequence[int], channels: Sequence[int], kernel_size: int
) -> list[tuple[int, int, int]]:
    """(channel, height, width) of the image and after each convolution of stride 2.

    Raises
    ------
    ValueError
        A number is out of range.
    """
    sizes = [checked_image_shape(image_shape)]
    if not channels or min(channels) < 1 or kernel_size < 1 or kernel_size % 2 == 0:
        raise ValueError(
            f"convolutions need channels of 1 or more and an odd kernel_size, not {list(channels)} "
            f"and {kernel_size}"
        )
    for width in channels:
        _, height, columns = sizes[-1]
        sizes.append((width, (height + 1) // 2, (columns + 1) // 2))
    return sizes


def checked_image_shape(image_shape: Sequence[int]) -> tuple[int, int, int]:
    """(channels, height, width), or ValueError."""
    if len(image_shape) != 3 or min(image_shape) < 1:
        raise ValueError(f"image_shape is [channels, height, width], not {list(image_shape)}")
    channels, height, width = image_shape
    return channels, height, width
