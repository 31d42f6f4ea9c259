"""pix2pix: image-to-image translation with a U-Net.

P. Isola, J.-Y. Zhu, T. Zhou, A. Efros 2017, "Image-to-image translation with conditional
adversarial networks", arXiv:1611.07004, sections 3.2 and 6.1. The encoder halves the picture down
to one pixel; each layer of the decoder sees its mirror image in the encoder beside what comes from
below::

    source --> [half] ------------------------------> [double] --> image
                  \\--> [half] ----------> [double] --/
                          \\--> [half] --> /
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from speechgen.errors import ConfigError, ModelError
from speechgen.layers.ranges import signed, unsigned

Images = Float[Tensor, "batch channel height width"]
Sources = Float[Tensor, "batch _ height width"]


def halvings(image_shape: Sequence[int]) -> int:
    """How often the shorter side can be halved before it is one pixel."""
    return int(min(image_shape[1:])).bit_length() - 1


class Pix2Pix(nn.Module):
    """The generator: a U-Net for images of any size from 2 pixels.

    The paper's noise is dropout, kept when the network is used; here it is on in training only, so
    that a picture always has the same translation.

    Parameters
    ----------
    image_shape
        (channel, height, width) of the output images.
    source_channels
        Of the input; 0 means as many as the output has.
    channels
        Width of the first layer; it doubles from layer to layer up to eight times that.
    depth
        Halvings; 0 means as many as the size allows, eight at most, as in the paper at 256x256.
    dropout
        Probability in the three innermost layers of the decoder.
    """

    num_classes = 0

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        source_channels: int = 0,
        channels: int = 64,
        depth: int = 0,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.image_shape = tuple(int(size) for size in image_shape)
        most = halvings(self.image_shape)
        depth = depth or min(most, 8)
        if not 1 <= depth <= most or channels < 1 or not 0 <= dropout < 1:
            raise ConfigError(
                f"a U-Net for {self.image_shape[1]}x{self.image_shape[2]} pixels needs a depth "
                f"from 1 to {most}, channels of 1 or more and dropout in [0, 1), not {depth}, "
                f"{channels}, {dropout}"
            )
        self.source_channels = source_channels or self.image_shape[0]
        widths = [self.source_channels, *(channels * min(2**i, 8) for i in range(depth))]
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for level, (before, after) in enumerate(itertools.pairwise(widths)):
            plain = level in (0, depth - 1)  # the outermost and the one at the bottom have no norm
            norm = nn.Identity() if plain else nn.BatchNorm2d(after)
            conv = nn.Conv2d(before, after, 4, 2, 1, bias=plain)
            self.down.append(nn.Sequential(conv, norm))
        for level in reversed(range(depth)):
            inputs = widths[level + 1] * (1 if level == depth - 1 else 2)
            outputs = widths[level] if level else self.image_shape[0]
            self.up.append(nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=level == 0))
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in reversed(widths[1:depth]))
        self.dropout = dropout
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
                nn.init.normal_(module.weight, std=0.02)

    def forward(self, source: Sources) -> Images:
        """Images in [0, 1] of sources in [0, 1]."""
        if source.shape[1:] != (self.source_channels, *self.image_shape[1:]):
            wanted = (self.source_channels, *self.image_shape[1:])
            raise ModelError(f"sources are {tuple(source.shape[1:])}; this model takes {wanted}")
        x = self.down[0](signed(source))
        skips, sizes = [x], [source.shape[2:]]
        for down in self.down[1:]:
            sizes.append(x.shape[2:])
            x = down(F.leaky_relu(x, 0.2))
            skips.append(x)
        skips.pop()
        for level, (up, norm) in enumerate(zip(self.up[:-1], self.norms, strict=True)):
            x = norm(up(F.relu(x), output_size=sizes.pop()))
            if level < 3:
                x = F.dropout(x, self.dropout, self.training)
            x = torch.cat([x, skips.pop()], dim=1)
        return unsigned(torch.tanh(self.up[-1](F.relu(x), output_size=sizes.pop())))

    def translate(self, images: Sources) -> Images:
        """The translation of each image."""
        return self(images)
