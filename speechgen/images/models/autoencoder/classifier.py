"""Image classifiers whose encoder can be pretrained as that of an autoencoder.

::

    images -> encoder -> code (the features) -> rectifier -> linear -> logits of the classes

A pretrained encoder helps where labels are few (G. Hinton, R. Salakhutdinov,
doi:10.1126/science.1127647; P. Vincent et al., "Stacked denoising autoencoders", JMLR 11, 2010).
:func:`load_encoder` takes its weights by name.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn

from speechgen.errors import ModelError
from speechgen.images.models.autoencoder.autoencoder_parts import (
    Codes,
    DenseLayers,
    Images,
    checked_image_shape,
    conv_feature_maps,
)
from speechgen.layers.image_coders import image_encoder

Logits = Float[Tensor, "batch class"]


class Classifier(nn.Module):
    """Base of both classifiers; a subclass gives the ``encoder``."""

    encoder: nn.Module

    def __init__(self, image_shape: Sequence[int], num_classes: int, latent: int) -> None:
        super().__init__()
        if num_classes < 2 or latent < 1:
            raise ValueError(
                f"needs num_classes of 2 or more and latent of 1 or more, not {num_classes} "
                f"and {latent}"
            )
        self.image_shape = checked_image_shape(image_shape)
        self.num_classes = num_classes
        self.head = nn.Sequential(nn.ReLU(), nn.Linear(latent, num_classes))

    def features(self, images: Images) -> Codes:
        """(batch, latent), the input of the last layer: a space to compare images in."""
        code: Tensor = self.encoder(images)
        return code

    def forward(self, images: Images) -> Logits:
        """Images in [0, 1] to logits (batch, class)."""
        logits: Tensor = self.head(self.features(images))
        return logits


class ConvClassifier(Classifier):
    """Strided convolutions and two linear layers; fits the encoder of ``conv_autoencoder``.

    Parameters
    ----------
    image_shape
        Channels, height, width; any size.
    num_classes
        Classes.
    channels, latent
        Width after each halving of the sides, and of the code.
    """

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        num_classes: int = 10,
        channels: Sequence[int] = (32, 64),
        latent: int = 64,
    ) -> None:
        super().__init__(image_shape, num_classes, latent)
        self.encoder: nn.Sequential = image_encoder(
            self.image_shape, latent, channels=channels, activation="relu"
        )

    def feature_maps(self, images: Images) -> list[Tensor]:
        """Feature maps of each level, for perceptual distances between images."""
        return conv_feature_maps(self.encoder, images)


class DenseClassifier(Classifier):
    """Linear layers only; fits the encoder of ``autoencoder``.

    Parameters
    ----------
    image_shape
        Channels, height, width; any size.
    num_classes
        Classes.
    hidden, latent, activation, code_activation
        Of the encoder, as in :class:`~speechgen.images.models.autoencoder.autoencoder.Autoencoder`.
    """

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        num_classes: int = 10,
        hidden: Sequence[int] = (256,),
        latent: int = 64,
        activation: str = "relu",
        code_activation: str = "linear",
    ) -> None:
        super().__init__(image_shape, num_classes, latent)
        widths = (math.prod(image_shape), *hidden, latent)
        self.encoder = DenseLayers(widths, activation, code_activation)


def load_encoder(classifier: nn.Module, autoencoder: nn.Module) -> None:
    """Copy the weights called ``encoder.*`` from ``autoencoder`` into ``classifier``, by name.

    The rest of both, the autoencoder's decoder and the classifier's head, stays as it is.

    Raises
    ------
    ModelError
        The encoders have different weights; the message names one.
    """
    wanted, given = (
        {key: value for key, value in network.state_dict().items() if key.startswith("encoder.")}
        for network in (classifier, autoencoder)
    )
    for key in sorted(wanted.keys() | given.keys()):
        ours, theirs = wanted.get(key), given.get(key)
        if ours is None or theirs is None or ours.shape != theirs.shape:
            sizes = [None if one is None else tuple(one.shape) for one in (theirs, ours)]
            raise ModelError(
                f"{key} is {sizes[0]} in the autoencoder and {sizes[1]} in the classifier; give "
                "both the same image_shape and the same sizes of their encoders"
            )
    if not wanted:
        raise ModelError("these networks have no encoder to initialise from")
    classifier.load_state_dict(given, strict=False)
