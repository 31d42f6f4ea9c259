"""The first GAN's networks: dense layers, for toys and small images.

I. Goodfellow et al., arXiv:1406.2661, section 5; and the ring, a generator that is known exactly.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from speechgen.images.models.gan.dcgan_discriminator import DiscriminatorOutput
from speechgen.images.models.gan.latent_generator import Images, LatentGenerator, Latents
from speechgen.layers.labels import one_hot
from speechgen.layers.perceptron import perceptron


def ring(latents: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch latent"]:
    """g(z) = z / 10 + z / |z|: N(0, I) becomes a ring of radius 1 + |z| / 10."""
    return latents / 10.0 + latents / latents.norm(dim=1, keepdim=True)


class MLPGenerator(LatentGenerator):
    """Latents to images in [-1, 1] through dense layers.

    Parameters
    ----------
    image_shape, latent_size, prior, num_classes
        As in :class:`LatentGenerator`; images of any size.
    hidden
        Widths of the layers in between.
    """

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        latent_size: int = 32,
        hidden: Sequence[int] = (256, 256),
        prior: str = "gaussian",
        num_classes: int = 0,
    ) -> None:
        super().__init__(image_shape, latent_size, prior, num_classes)
        pixels = math.prod(self.image_shape)
        self.layers = perceptron(self.inputs, hidden, pixels, activation="leaky_relu")

    def forward(self, latents: Latents, labels: Tensor | None = None) -> Images:
        """Images in [-1, 1], as the discriminator sees them."""
        pixels = torch.tanh(self.layers(self.conditioned(latents, labels)))
        return pixels.unflatten(1, self.image_shape)


class MLPDiscriminator(nn.Module):
    """A dense discriminator; a class label, if any, is appended to the pixels.

    Parameters
    ----------
    image_shape, num_classes
        As the generator's.
    hidden
        Widths of the layers in between.
    dropout
        Share of the features dropped after each of them in training.
    """

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        hidden: Sequence[int] = (256, 256),
        dropout: float = 0.0,
        num_classes: int = 0,
    ) -> None:
        super().__init__()
        self.num_classes = num_classes
        widths = [math.prod(image_shape) + num_classes, *hidden]
        self.layers = nn.ModuleList(
            nn.Sequential(nn.Linear(before, after), nn.LeakyReLU(0.2), nn.Dropout(dropout))
            for before, after in itertools.pairwise(widths)
        )
        self.head = nn.Linear(widths[-1], 1)

    def forward(self, images: Images, labels: Tensor | None = None) -> DiscriminatorOutput:
        """``([logits (batch, 1)], [features of each layer])``."""
        x = images.flatten(1)
        if self.num_classes:
            classes = one_hot(labels, self.num_classes)
            x = torch.cat([x, classes.to(x.dtype)], dim=1)
        features = []
        for layer in self.layers:
            x = layer(x)
            features.append(x)
        return [self.head(x)], [features]
