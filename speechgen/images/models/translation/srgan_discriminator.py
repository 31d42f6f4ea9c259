"""SRGAN's discriminator: convolutions, every second one strided, and dense layers.

C. Ledig et al. 2017, arXiv:1609.04802, section 2.1.1 and figure 4.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn

from speechgen.errors import ConfigError, ModelError
from speechgen.layers.ranges import signed

Images = Float[Tensor, "batch channel height width"]


class SRGANDiscriminator(nn.Module):
    """Original or super-resolved: one logit an image.

    Parameters
    ----------
    image_shape
        (channel, height, width) of the images.
    channels
        Widths of the pairs of layers; the second of each halves the image. The paper has 64, 128,
        256 and 512. They must leave a pixel at least.
    hidden
        Width of the dense layer before the logit; 1024 in the paper.
    """

    examples_independent = False  # batch norm

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        channels: Sequence[int] = (64, 128, 256, 512),
        hidden: int = 1024,
    ) -> None:
        super().__init__()
        self.image_shape = tuple(int(size) for size in image_shape)
        if not channels or min(self.image_shape[1:]) < 2 ** (len(channels) - 1) + 1:
            raise ConfigError(
                f"{len(channels)} strided layers are too many, or none, for images of "
                f"{self.image_shape[1]}x{self.image_shape[2]} pixels"
            )
        self.stages = nn.ModuleList()
        before, size = self.image_shape[0], list(self.image_shape[1:])
        for width in channels:
            self.stages.append(_layer(before, width, 1, norm=bool(self.stages)))
            self.stages.append(_layer(width, width, 2, norm=True))
            before, size = width, [math.ceil(side / 2) for side in size]
        self.head = nn.Sequential(
            nn.Linear(before * size[0] * size[1], hidden), nn.LeakyReLU(0.2), nn.Linear(hidden, 1)
        )

    def forward(self, images: Images) -> tuple[list[Tensor], list[list[Tensor]]]:
        """``([logits (batch, 1)], [feature maps])`` of images in [0, 1]."""
        if images.shape[1:] != self.image_shape:
            raise ModelError(f"images are {tuple(images.shape[1:])}, not {self.image_shape}")
        x, features = signed(images), []
        for stage in self.stages:
            x = stage(x)
            features.append(x)
        return [self.head(x.flatten(1))], [features]


def _layer(before: int, after: int, stride: int, *, norm: bool) -> nn.Module:
    conv = nn.Conv2d(before, after, 3, stride, 1, bias=not norm)
    middle = [nn.BatchNorm2d(after)] if norm else []
    return nn.Sequential(conv, *middle, nn.LeakyReLU(0.2))
