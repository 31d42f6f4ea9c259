"""The networks of adversarially learned inference: V. Dumoulin et al., arXiv:1606.00704, figure 1.

The encoder maps a real image to a latent, the decoder a latent from the prior to an image; the
discriminator sees (image, latent) pairs of either kind. Where it cannot tell them apart, both joint
distributions are one, and each network inverts the other (section 2.2).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn.functional import leaky_relu

from speechgen.images.models.gan.bidirectional import BidirectionalGenerator
from speechgen.images.models.gan.dcgan_discriminator import DiscriminatorOutput
from speechgen.images.models.gan.latent_generator import Images, Latents
from speechgen.layers.image_trunk import StridedTrunk, halvings


class ALI(BidirectionalGenerator):
    """Encoder and decoder of :class:`BidirectionalGenerator`, sized by the same arguments."""


class ALIDiscriminator(nn.Module):
    """The discriminator of (image, latent) pairs.

    Parameters
    ----------
    image_shape, latent_size
        As the generator's.
    channels, max_channels, smallest, norm, negative_slope
        Of the trunk for images, as in :class:`DCGANDiscriminator`; without batch norm by default,
        as otherwise batch statistics alone tell real pairs from generated ones.
    hidden
        Width of the layers that see both.
    dropout
        Share of the features dropped in them in training (appendix A of the paper).
    """

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        latent_size: int = 32,
        channels: int = 32,
        max_channels: int = 512,
        smallest: int = 4,
        norm: str = "none",
        negative_slope: float = 0.1,
        hidden: int = 256,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        levels = range(halvings(image_shape, smallest))
        widths = [min(channels * 2**level, max_channels) for level in levels]
        self.norm = norm
        self.negative_slope = negative_slope
        self.trunk = StridedTrunk(image_shape, widths, norm=norm, negative_slope=negative_slope)
        width, height, breadth = self.trunk.code_shape
        self.of_image = nn.Linear(width * height * breadth, hidden)
        self.of_latent = nn.Linear(latent_size, hidden)
        self.of_both = nn.Linear(2 * hidden, hidden)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(hidden, 1)

    @property
    def examples_independent(self) -> bool:
        """Whether an example's logit is the same whatever else is in the call."""
        return self.norm != "batch"

    def forward(self, images: Images, latents: Latents) -> DiscriminatorOutput:
        """``([logits (batch, 1)], [feature maps])`` of images in [-1, 1] and their latents."""
        features = self.trunk(images)
        sides = [self.of_image(features[-1].flatten(1)), self.of_latent(latents)]
        both = self.dropout(leaky_relu(torch.cat(sides, dim=1), self.negative_slope))
        both = self.dropout(leaky_relu(self.of_both(both), self.negative_slope))
        return [self.head(both)], [[*features, both]]
