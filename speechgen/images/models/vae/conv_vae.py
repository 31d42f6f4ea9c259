"""A variational autoencoder of strided convolutions, with or without residual blocks.

As the VAE of arXiv:1312.6114, with the coders of arXiv:1606.04934, section 6.1: residual blocks of
growing width, a dense layer, the latents, and the mirror image of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from speechgen.images.models.vae.latent_model import LatentImageModel
from speechgen.layers.image_coders import ImageDecoder, image_encoder
from speechgen.layers.perceptron import activation_named
from speechgen.variational import DiagonalGaussian, posterior_for


class ConvVAE(LatentImageModel):
    """Images of any size, odd ones too; the mean image has exactly the input's shape.

    Parameters
    ----------
    image_shape, latent, observation, prior
        See :class:`LatentImageModel`.
    channels
        Width after each halving of the sides.
    blocks
        Residual blocks after each halving.
    features
        Width of the dense layers next to the latents.
    activation
        Everywhere.
    """

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        channels: Sequence[int] = (32, 64),
        blocks: int = 0,
        features: int = 256,
        latent: int = 32,
        observation: str = "bernoulli",
        prior: str = "gaussian",
        activation: str = "elu",
    ) -> None:
        super().__init__(image_shape, latent, observation=observation, prior=prior)
        sizes = {"channels": channels, "blocks": blocks, "activation": activation}
        self.encoder = nn.Sequential(
            image_encoder(image_shape, features, **sizes),  # type: ignore[arg-type]
            activation_named(activation),
        )
        self.to_posterior = nn.Linear(features, 2 * latent)
        self.decoder = nn.Sequential(
            nn.Linear(latent, features),
            activation_named(activation),
            ImageDecoder(features, image_shape, outputs=self.outputs, **sizes),  # type: ignore[arg-type]
        )

    def posterior(self, images: Tensor, labels: Tensor | None = None) -> Any:
        """q(z|x): a diagonal Gaussian on the support of the prior."""
        gaussian = DiagonalGaussian.from_params(self.to_posterior(self.encoder(images)))
        return posterior_for(self.prior, gaussian)

    def params_of(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """p(x|z): one set of params a pixel."""
        return self._to_params(self.decoder(latents))
