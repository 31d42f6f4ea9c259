"""A class-conditional variational autoencoder of images.

Sohn, Lee, Yan 2015 (NeurIPS 28); the conditional model of arXiv:1406.5298, section 2.1::

    z | y ~ p(z|y)        x | z, y ~ p(x; decoder(z, y))        q(z|x, y) = N(encoder(x, y))
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from speechgen.images.models.vae.latent_model import LatentImageModel
from speechgen.layers.labels import one_hot
from speechgen.layers.perceptron import perceptron
from speechgen.variational import DiagonalGaussian

CONDITIONAL_PRIORS = ("standard", "learnt")


class ConditionalVAE(LatentImageModel):
    """A :class:`VAE` whose encoder and decoder see the label. All methods need labels (batch,).

    Parameters
    ----------
    num_classes
        Labels are 0 to ``num_classes`` - 1.
    conditional_prior
        p(z|y): "standard" for N(0, I) whatever the class, or "learnt" for a Gaussian of each class,
        initially N(0, I).
    image_shape, latent, observation
        See :class:`LatentImageModel`.
    hidden, activation
        As in :class:`VAE`.
    """

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        num_classes: int = 10,
        hidden: Sequence[int] = (400,),
        latent: int = 20,
        observation: str = "bernoulli",
        conditional_prior: str = "standard",
        activation: str = "relu",
    ) -> None:
        super().__init__(
            image_shape, latent, observation=observation, prior="gaussian", num_classes=num_classes
        )
        if conditional_prior not in CONDITIONAL_PRIORS:
            raise ValueError(
                f"conditional_prior is {conditional_prior!r}; "
                f"known are {', '.join(CONDITIONAL_PRIORS)}"
            )
        if num_classes < 1:
            raise ValueError(f"num_classes is {num_classes}; a conditional model needs 1 or more")
        pixels = math.prod(self.image_shape)
        outputs = self.outputs * math.prod(self.image_shape[1:])
        self.encoder = perceptron(pixels + num_classes, hidden, 2 * latent, activation=activation)
        self.decoder = perceptron(
            latent + num_classes, hidden[::-1], outputs, activation=activation
        )
        self.class_prior: nn.Linear | None = None
        if conditional_prior == "learnt":
            self.class_prior = nn.Linear(num_classes, 2 * latent, bias=False)
            nn.init.zeros_(self.class_prior.weight)

    def _with(self, values: Tensor, labels: Tensor | None) -> Tensor:
        """``values`` (batch, feature) and the label beside them."""
        return torch.cat([values, one_hot(labels, self.num_classes).to(values)], dim=1)

    def posterior(self, images: Tensor, labels: Tensor | None = None) -> DiagonalGaussian:
        """q(z|x, y)."""
        return DiagonalGaussian.from_params(self.encoder(self._with(images.flatten(1), labels)))

    def prior_of(self, labels: Tensor | None = None) -> Any:
        """p(z|y)."""
        if self.class_prior is None:
            return super().prior_of(labels)
        classes = one_hot(labels, self.num_classes).to(self._like)
        return DiagonalGaussian.from_params(self.class_prior(classes))

    def params_of(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """p(x|z, y): one set of params a pixel."""
        return self._to_params(self.decoder(self._with(latents, labels)))
