"""The variational autoencoder: two perceptrons and a latent between them.

Kingma & Welling 2014 (arXiv:1312.6114)::

    z ~ p(z)        x | z ~ p(x; decoder(z))        q(z|x) = N(mean(x), diag(exp(log_variance(x))))
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from torch import Tensor

from speechgen.images.models.vae.latent_model import LatentImageModel
from speechgen.layers.perceptron import perceptron
from speechgen.variational import DiagonalGaussian, posterior_for


class VAE(LatentImageModel):
    """The defaults are the well-known 784-400-20-400-784 code, 652,824 weights.

    Parameters
    ----------
    image_shape, latent, observation, prior
        See :class:`LatentImageModel`.
    hidden
        Widths of the encoder's hidden layers; the decoder has them in reverse.
    activation
        After each of them.
    """

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        hidden: Sequence[int] = (400,),
        latent: int = 20,
        observation: str = "bernoulli",
        prior: str = "gaussian",
        activation: str = "relu",
    ) -> None:
        super().__init__(image_shape, latent, observation=observation, prior=prior)
        pixels = math.prod(self.image_shape)
        outputs = self.outputs * math.prod(self.image_shape[1:])
        self.encoder = perceptron(pixels, hidden, 2 * latent, activation=activation)
        self.decoder = perceptron(latent, hidden[::-1], outputs, activation=activation)

    def posterior(self, images: Tensor, labels: Tensor | None = None) -> Any:
        """q(z|x): a diagonal Gaussian on the support of the prior."""
        gaussian = DiagonalGaussian.from_params(self.encoder(images.flatten(1)))
        return posterior_for(self.prior, gaussian)

    def params_of(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """p(x|z): one set of params a pixel."""
        return self._to_params(self.decoder(latents))
