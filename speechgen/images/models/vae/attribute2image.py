"""Attribute2Image: a foreground conditioned on attributes over a background that is not.

X. Yan et al., arXiv:1512.00570, section 3.2 (the disentangled model), with the gate as the weight
of the foreground::

    z_f, attributes -> foreground f, gate g          z_b -> background b
    mean image = g f + (1 - g) b

The attributes are the class and the amount of ink, the mean of all pixels, which a picture tells
by itself; in units of its deviation over the training images.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from speechgen.images.models.autoencoder.autoencoder_parts import Codes, Images
from speechgen.images.models.vae.latent_model import LatentImageModel
from speechgen.layers.image_coders import ImageDecoder, image_encoder
from speechgen.layers.labels import one_hot
from speechgen.variational import DiagonalGaussian, standard_noise

Ink = Float[Tensor, " batch"]
Gates = Float[Tensor, "batch 1 height width"]
_MARGIN = 1e-6  # between a composed image and black or white


class Attribute2Image(LatentImageModel):
    """A conditional VAE of two layers; its methods need labels (batch,).

    Parameters
    ----------
    image_shape
        Channels, height, width; any size.
    num_classes
        Labels are 0 to ``num_classes`` - 1.
    channels, features
        Width after each halving of the sides, and of the dense layer next to the latents.
    latent_foreground, latent_background
        Entries of z_f and z_b.
    """

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        num_classes: int = 10,
        channels: Sequence[int] = (32, 64),
        features: int = 128,
        latent_foreground: int = 16,
        latent_background: int = 4,
    ) -> None:
        if min(latent_foreground, latent_background, num_classes) < 1:
            raise ValueError("needs 1 or more classes, and latents for both layers")
        latent = latent_foreground + latent_background
        super().__init__(
            image_shape, latent, observation="bernoulli", prior="gaussian", num_classes=num_classes
        )
        self.latent_foreground = latent_foreground
        colours, attributes = self.image_shape[0], num_classes + 1
        self.encoder = image_encoder(self.image_shape, features, channels=channels)
        self.to_posterior = nn.Sequential(nn.ELU(), nn.Linear(features + attributes, 2 * latent))

        def decoder(inputs: int, outputs: int) -> nn.Sequential:
            layers = ImageDecoder(features, self.image_shape, outputs=outputs, channels=channels)
            return nn.Sequential(nn.Linear(inputs, features), nn.ELU(), layers)

        self.foreground = decoder(latent_foreground + attributes, colours + 1)
        self.background = decoder(latent_background, colours)
        self.standardise = nn.BatchNorm1d(1, affine=False, momentum=0.02)  # of the ink

    def ink_of(self, images: Images) -> Ink:
        """How much ink images have, in deviations from the mean of the training images."""
        ink: Tensor = self.standardise(images.flatten(1).mean(1, keepdim=True))
        return ink[:, 0]

    def layers(
        self, latents: Codes, labels: Tensor | None, ink: Ink | None = None
    ) -> tuple[Images, Gates, Images]:
        """Foreground, gate (one channel) and background, all in [0, 1]; None: the mean's ink."""
        attributes = self._attributes(latents, labels, ink)
        front, back = latents.tensor_split([self.latent_foreground], dim=1)
        painted = self.foreground(torch.cat([front, attributes], dim=1)).sigmoid()
        return painted[:, :-1], painted[:, -1:], self.background(back).sigmoid()

    def composite(
        self, latents: Codes, labels: Tensor | None = None, ink: Ink | None = None
    ) -> Images:
        """The mean image, gate * foreground + (1 - gate) * background."""
        foreground, gate, background = self.layers(latents, labels, ink)
        return gate * foreground + (1.0 - gate) * background

    def posterior(self, images: Images, labels: Tensor | None = None) -> Any:
        """q(z_f, z_b | x, attributes)."""
        seen = self.encoder(images)
        attributes = self._attributes(seen, labels, self.ink_of(images))
        return DiagonalGaussian.from_params(self.to_posterior(torch.cat([seen, attributes], 1)))

    def params_of(
        self, latents: Codes, labels: Tensor | None = None, ink: Ink | None = None
    ) -> Tensor:
        """Logits of the pixels, (batch, 1, channel, height, width)."""
        return torch.logit(self.composite(latents, labels, ink), eps=_MARGIN).unsqueeze(1)

    def log_likelihood(
        self, images: Images, latents: Tensor, labels: Tensor | None = None
    ) -> Tensor:
        """log p(x | z, class, ink of x) in nats, (sample, batch), of (sample, batch, latent)."""
        ink = self.ink_of(images)
        draws = [self.params_of(one, labels, ink) for one in latents]
        nats = [self.observation.log_prob(params, images).flatten(1).sum(1) for params in draws]
        return torch.stack(nats)

    def decode(
        self, latents: Codes, labels: Tensor | None = None, ink: Ink | None = None
    ) -> Images:
        """Mean images of latents and attributes; without ``ink`` that of the mean image."""
        return self.composite(latents, labels, ink)

    def reconstruct(self, images: Images, labels: Tensor | None = None) -> Images:
        """Images encoded and decoded, with the ink they have."""
        return self.decode(self.latents(images, labels), labels, self.ink_of(images))

    def sample(
        self,
        num_images: int,
        *,
        generator: torch.Generator,
        labels: Tensor | None = None,
        ink: Ink | None = None,
    ) -> Images:
        """Mean images of draws of p(z); without ``ink`` it is drawn from N(0, 1)."""
        latents = standard_noise((num_images, self.latent_size), self._like, generator)
        drawn = standard_noise((num_images,), self._like, generator)
        return self.decode(latents, labels, drawn if ink is None else ink)

    def _attributes(self, like: Tensor, labels: Tensor | None, ink: Ink | None) -> Tensor:
        """(batch, class + 1): the class, one-hot, and the ink."""
        amount = like.new_zeros(len(like)) if ink is None else ink.to(like)
        return torch.cat([one_hot(labels, self.num_classes).to(like), amount[:, None]], dim=1)
