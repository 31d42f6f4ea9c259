"""Autoencoders of images: an encoder to a short code and a decoder, trained jointly.

::

    images -> encoder -> code -> decoder -> logits -> sigmoid -> images

G. Hinton, R. Salakhutdinov, "Reducing the dimensionality of data with neural networks",
doi:10.1126/science.1127647. Denoising, contractive and stacked autoencoders differ in training
only; the dense one can be trained layer by layer (P. Vincent et al., "Stacked denoising
autoencoders", JMLR 11, 2010, section 3).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from jaxtyping import Float
from torch import Tensor, nn

from speechgen.images.models.autoencoder.autoencoder_parts import (
    Codes,
    DenseLayers,
    Images,
    checked_image_shape,
)
from speechgen.layers.image_coders import ImageDecoder, image_encoder

Hidden = Float[Tensor, "batch feature"]


class ImageAutoencoder(nn.Module):
    """Base of the autoencoders; a subclass gives ``encoder`` and ``decoder`` (codes to logits)."""

    encoder: nn.Module
    decoder: nn.Module
    num_classes = 0

    def __init__(self, image_shape: Sequence[int]) -> None:
        super().__init__()
        self.image_shape = checked_image_shape(image_shape)

    def latents(self, images: Images, labels: Tensor | None = None) -> Codes:
        """The codes (batch, latent) of images in [0, 1]; labels are ignored."""
        codes: Tensor = self.encoder(images)
        return codes

    def decode_logits(self, latents: Codes) -> Images:
        """Logits of the pixels of codes."""
        logits: Tensor = self.decoder(latents)
        return logits.reshape(-1, *self.image_shape)

    def decode(self, latents: Codes, labels: Tensor | None = None) -> Images:
        """Images in [0, 1] of codes."""
        return self.decode_logits(latents).sigmoid()

    def forward(self, images: Images) -> Images:
        """Logits of the pixels of the reconstructions, of the shape of ``images``."""
        return self.decode_logits(self.latents(images))

    def reconstruct(self, images: Images, labels: Tensor | None = None) -> Images:
        """Images encoded and decoded, in [0, 1]."""
        return self(images).sigmoid()


class Autoencoder(ImageAutoencoder):
    """Linear layers down to the code, and mirrored ones up.

    Parameters
    ----------
    image_shape
        Channels, height, width; any size.
    hidden
        Features after each layer before the code.
    latent
        Features of the code.
    activation, code_activation
        After the hidden layers and after the code: relu, leaky_relu, tanh, sigmoid or linear.
    """

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        hidden: Sequence[int] = (256,),
        latent: int = 64,
        activation: str = "relu",
        code_activation: str = "linear",
    ) -> None:
        super().__init__(image_shape)
        widths = (math.prod(self.image_shape), *hidden, latent)
        self.encoder: DenseLayers = DenseLayers(widths, activation, code_activation)
        self.decoder: DenseLayers = DenseLayers(widths[::-1], activation, "linear")

    @property
    def num_layers(self) -> int:
        """Layers of the encoder, and autoencoders that can be trained one after the other."""
        return len(self.encoder.layers)

    @property
    def sigmoid_layer(self) -> nn.Linear | None:
        """The encoder's only layer if it is one of sigmoids, whose Jacobian is known in closed
        form; None otherwise."""
        layer, activation = self.encoder.layers[0], self.encoder.activations[0]
        single = self.num_layers == 1 and isinstance(activation, nn.Sigmoid)
        return layer if single and isinstance(layer, nn.Linear) else None

    def hidden(self, images: Images, depth: int) -> Hidden:
        """Output of the first ``depth`` layers of the encoder; the pixels for 0."""
        x = images.flatten(1)
        for index in range(depth):
            x = self.encoder.layer(index, x)
        return x

    def autoencode_layer(self, index: int, hidden: Hidden) -> Hidden:
        """``hidden(images, index)`` through one layer and the decoder's mirror image of it."""
        code = self.encoder.layer(index, hidden)
        back = self.decoder.layer(self.num_layers - 1 - index, code)
        return back.sigmoid() if index == 0 else back


class ConvAutoencoder(ImageAutoencoder):
    """Strided convolutions down to the code, transposed ones up to the same shape.

    J. Masci et al., "Stacked convolutional auto-encoders for hierarchical feature extraction",
    doi:10.1007/978-3-642-21735-7_7, with strides in place of pooling.

    Parameters
    ----------
    image_shape
        Channels, height, width; any size, odd ones too.
    channels, latent
        Width after each halving of the sides, and of the code.
    """

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        channels: Sequence[int] = (32, 64),
        latent: int = 64,
    ) -> None:
        super().__init__(image_shape)
        sizes: dict[str, Any] = {"channels": channels, "activation": "relu"}
        self.encoder = image_encoder(self.image_shape, latent, **sizes)
        self.decoder = ImageDecoder(latent, self.image_shape, **sizes)
