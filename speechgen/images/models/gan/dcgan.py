"""DCGAN's generator: A. Radford et al., arXiv:1511.06434, section 3 and figure 1.

::

    latent (100) -> dense -> (512, 4, 4) -> (256, 8, 8) -> (128, 16, 16) -> (64, 32, 32) -> image

Transposed convolutions of stride 2 alone, batch norm and a rectifier after each but the last, tanh
after that. With classes it is the conditional GAN of arXiv:1411.1784.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from speechgen.images.models.gan.latent_generator import Images, LatentGenerator, Latents
from speechgen.layers.image_coders import UpTo, level_sizes
from speechgen.layers.image_trunk import halvings

DEVIATION = 0.02  # of all weights at the start, section 4


class DCGANGenerator(LatentGenerator):
    """Latents (batch, latent) to images (batch, channel, height, width) in [-1, 1].

    Parameters
    ----------
    image_shape, latent_size, prior, num_classes
        As in :class:`LatentGenerator`; any image of 2 x 2 or more.
    channels
        Width of the last level before the image; it doubles towards the latent. 128 in the paper.
    max_channels
        No level is wider.
    smallest
        Largest side of the first level: 4 in the paper.
    """

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        latent_size: int = 64,
        channels: int = 32,
        max_channels: int = 1024,
        smallest: int = 4,
        prior: str = "gaussian",
        num_classes: int = 0,
    ) -> None:
        super().__init__(image_shape, latent_size, prior, num_classes)
        levels = halvings(image_shape, smallest)
        sizes = level_sizes(image_shape, levels)
        widths = [min(channels * 2**level, max_channels) for level in range(levels)]
        self.code_shape = (widths[-1], *sizes[-1])
        self.dense = nn.Linear(self.inputs, widths[-1] * sizes[-1][0] * sizes[-1][1], bias=False)
        layers: list[nn.Module] = [nn.BatchNorm2d(widths[-1]), nn.ReLU()]
        for level in reversed(range(1, levels)):
            layers.append(UpTo(widths[level], widths[level - 1], sizes[level]))
            layers += [nn.BatchNorm2d(widths[level - 1]), nn.ReLU()]
        self.levels = nn.Sequential(*layers, UpTo(widths[0], image_shape[0], sizes[0]), nn.Tanh())
        initialise(self)

    def forward(self, latents: Latents, labels: Tensor | None = None) -> Images:
        """Images in [-1, 1], as the discriminator sees them."""
        code = self.dense(self.conditioned(latents, labels))
        return self.levels(code.unflatten(1, self.code_shape))


def initialise(network: nn.Module) -> None:
    """Draw all weights from N(0, 0.02), norms' scales from N(1, 0.02); biases are zero."""
    for layer in network.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0.0, DEVIATION)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0, DEVIATION)
        bias = getattr(layer, "bias", None)
        if isinstance(bias, Tensor):
            nn.init.zeros_(bias)
