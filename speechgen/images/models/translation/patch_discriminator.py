"""PatchGAN: a discriminator with one logit for each patch of an image.

P. Isola et al. 2017, arXiv:1611.07004, sections 3.3 and 6.1.2 (PatchGAN). Each logit sees a square
of the image only, 70 pixels wide with three strided layers, so that it looks at texture and leaves
the whole to other losses.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from speechgen.errors import ConfigError, ModelError
from speechgen.images.models.translation.pix2pix import halvings
from speechgen.layers.ranges import signed

Images = Float[Tensor, "batch channel height width"]
NORMS = ("batch", "instance", "none")


class PatchDiscriminator(nn.Module):
    """Strided convolutions, one more of stride 1, and a logit at every place.

    Parameters
    ----------
    image_shape
        (channel, height, width) of the images, 8 pixels wide and high at least.
    condition_channels
        Channels of what it sees beside each image, before it in the channel axis; 0 for none.
    channels
        Width of the first layer; it doubles from layer to layer up to eight times that.
    layers
        Strided ones; 0 means as many as the size allows, three at most.
    norm
        "batch" as in pix2pix, "instance" as in CycleGAN (arXiv:1703.10593, section 7.2), "none".
    """

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        condition_channels: int = 0,
        channels: int = 64,
        layers: int = 0,
        norm: str = "batch",
    ) -> None:
        super().__init__()
        if norm not in NORMS:
            raise ConfigError(f"norm is {norm!r}; known are {', '.join(NORMS)}")
        most = halvings(image_shape) - 2
        layers = layers or min(most, 3)
        if not 1 <= layers <= most:
            raise ConfigError(
                f"patches of {image_shape[1]}x{image_shape[2]} pixels need 1 to {most} strided "
                f"layers, not {layers}; images must be 8 pixels wide and high at least"
            )
        self.norm = norm
        self.in_channels = condition_channels + int(image_shape[0])
        widths = [self.in_channels, *(channels * min(2**i, 8) for i in range(layers + 1))]
        self.convs, self.norms = nn.ModuleList(), nn.ModuleList()
        for level, (before, after) in enumerate(itertools.pairwise(widths)):
            plain = level == 0 or norm == "none"
            stride = 2 if level < layers else 1
            self.convs.append(nn.Conv2d(before, after, 4, stride, 1, bias=plain))
            self.norms.append(nn.Identity() if plain else _norm(norm, after))
        self.head = nn.Conv2d(widths[-1], 1, 4, 1, 1)
        for conv in (*self.convs, self.head):
            nn.init.normal_(conv.weight, std=0.02)

    @property
    def examples_independent(self) -> bool:
        """Whether an image's logits are the same whatever else is in the call."""
        return self.norm != "batch"

    def forward(self, images: Images) -> tuple[list[Tensor], list[list[Tensor]]]:
        """``([logits (batch, 1, rows, columns)], [feature maps])`` of images in [0, 1]."""
        if images.shape[1] != self.in_channels:
            raise ModelError(
                f"a discriminator of {self.in_channels} channels was given {images.shape[1]}"
            )
        x, features = signed(images), []
        for conv, norm in zip(self.convs, self.norms, strict=True):
            x = leaky_relu(norm(conv(x)), 0.2)
            features.append(x)
        return [self.head(x)], [features]


def _norm(kind: str, channels: int) -> nn.Module:
    if kind == "batch":
        return nn.BatchNorm2d(channels)
    return nn.InstanceNorm2d(channels, affine=True)
