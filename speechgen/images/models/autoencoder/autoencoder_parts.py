"""Parts of autoencoders and classifiers: dense layers that can be used one at a time, and checks.

Convolutional encoders and their mirror images are in :mod:`speechgen.layers.image_coders`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from jaxtyping import Float
from torch import Tensor, nn

from speechgen.layers.perceptron import ACTIVATIONS

Images = Float[Tensor, "batch channel height width"]
Codes = Float[Tensor, "batch latent"]

_ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    **ACTIVATIONS,
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
        Names: relu, tanh, sigmoid, linear and more; the last layer has its own.
    """

    def __init__(
        self, widths: Sequence[int], activation: str = "relu", last_activation: str = "linear"
    ) -> None:
        super().__init__()
        for name in (activation, last_activation):
            if name not in _ACTIVATIONS:
                raise ValueError(f"activation is {name!r}; known are {', '.join(_ACTIVATIONS)}")
        if len(widths) < 2 or min(widths) < 1:
            raise ValueError(f"layers need widths of 1 or more, not {list(widths)}")
        pairs = list(itertools.pairwise(widths))
        self.layers = nn.ModuleList(nn.Linear(inputs, outputs) for inputs, outputs in pairs)
        names = [activation] * (len(pairs) - 1) + [last_activation]
        self.activations = nn.ModuleList(_ACTIVATIONS[name]() for name in names)

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


def conv_feature_maps(encoder: nn.Sequential, images: Images) -> list[Tensor]:
    """Feature maps of each level of an :func:`image_encoder`: (batch, channel, height, width)."""
    maps: list[Tensor] = []
    x: Tensor = images
    for layer in itertools.takewhile(lambda one: not isinstance(one, nn.Flatten), encoder):
        x = layer(x)
        if not isinstance(layer, nn.Conv2d):
            maps.append(x)
    return maps


def checked_image_shape(image_shape: Sequence[int]) -> tuple[int, int, int]:
    """(channels, height, width), or ValueError."""
    if len(image_shape) != 3 or min(image_shape) < 1:
        raise ValueError(f"image_shape is [channels, height, width], not {list(image_shape)}")
    channels, height, width = image_shape
    return channels, height, width
