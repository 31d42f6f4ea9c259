"""DCGAN's networks in both directions: latents to images, and images to latents."""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn

from speechgen.images.models.gan.dcgan import DCGANGenerator, initialise
from speechgen.images.models.gan.latent_generator import Images, LatentGenerator, Latents
from speechgen.layers.image_trunk import StridedTrunk, halvings
from speechgen.variational import DiagonalGaussian


class Encoder(nn.Module):
    """Images in [-1, 1] to q(z | x) = N(mean, diag(exp(log_variance))): a strided trunk, dense."""

    def __init__(self, image_shape: Sequence[int], channels: Sequence[int], latent_size: int):
        super().__init__()
        self.trunk = StridedTrunk(image_shape, channels)
        width, height, breadth = self.trunk.code_shape
        self.params = nn.Linear(width * height * breadth, 2 * latent_size)
        initialise(self.trunk)

    def forward(self, images: Images) -> Float[Tensor, "batch param"]:
        """Means, then log-variances."""
        return self.params(self.trunk(images)[-1].flatten(1))


class BidirectionalGenerator(LatentGenerator):
    """``decoder``, latents (batch, latent) to images, and ``encoder``, images to a posterior.

    Parameters
    ----------
    image_shape, latent_size
        As in :class:`LatentGenerator`; the prior is N(0, I).
    channels, max_channels, smallest
        As in :class:`DCGANGenerator`, for both networks.
    """

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        latent_size: int = 32,
        channels: int = 32,
        max_channels: int = 512,
        smallest: int = 4,
    ) -> None:
        super().__init__(image_shape, latent_size, "gaussian", 0)
        self.decoder = DCGANGenerator(
            image_shape=image_shape, latent_size=latent_size,
            channels=channels, max_channels=max_channels, smallest=smallest,
        )  # fmt: skip
        levels = range(halvings(image_shape, smallest))
        widths = [min(channels * 2**level, max_channels) for level in levels]
        self.encoder = Encoder(image_shape, widths, latent_size)

    def forward(self, latents: Latents, labels: Tensor | None = None) -> Images:
        """Images in [-1, 1], as the discriminator sees them."""
        return self.decoder(latents)

    def posterior(self, images: Images) -> DiagonalGaussian:
        """q(z | x) of images in [-1, 1]."""
        return DiagonalGaussian.from_params(self.encoder(images))

    def latents(self, images: Images, labels: Tensor | None = None) -> Latents:
        """The posterior's mean of images in [0, 1]."""
        return self.posterior(2.0 * images - 1.0).mean

    def reconstruct(self, images: Images, labels: Tensor | None = None) -> Images:
        """Images in [0, 1], encoded and decoded."""
        return self.decode(self.latents(images))
