"""Base of the autoregressive image models: the chain rule over pixels in raster order.

``log p(x) = sum_i log p(x_i | x_1 ... x_(i-1))``, row after row, in a row from left to right, in a
pixel channel after channel (arXiv:1601.06759, equations 1 and 2).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from speechgen.errors import ConfigError, ModelError
from speechgen.likelihood import pixel_likelihood_named


class PixelNetwork(nn.Module, ABC):
    """Base of the networks: sizes, output distribution, classes, ``params`` and ``log_prob``.

    Parameters
    ----------
    image_shape
        Channel, height, width. Any height and width work.
    num_classes
        Labels p(x | label) is conditioned on; 0 for none.
    output
        "bernoulli", "categorical" or "logistic_mixture".
    levels, mixtures
        Of the output.
    """

    def __init__(
        self, image_shape: Sequence[int], num_classes: int, output: str, levels: int, mixtures: int
    ) -> None:
        super().__init__()
        if len(image_shape) != 3 or min(image_shape) < 1 or num_classes < 0:
            raise ConfigError(
                "a network of images needs image_shape [channel, height, width] of 1 or more each "
                f"and num_classes of 0 or more, not {list(image_shape)} and {num_classes}"
            )
        self.image_shape = tuple(int(size) for size in image_shape)
        self.num_classes = num_classes
        channels = self.image_shape[0]
        self.likelihood = pixel_likelihood_named(
            output, channels=channels, levels=levels, mixtures=mixtures
        )
        #: channels sampled one after the other, each from its own params; 1 where all at once
        self.groups = self.likelihood.groups(channels)
        self.num_outputs = self.groups * self.likelihood.num_params

    @abstractmethod
    def outputs(self, x: Tensor, labels: Tensor | None) -> Tensor:
        """(batch, channel, height, width) in [-1, 1] -> (batch, output, height, width)."""

    def params(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """The distribution of every value given those before it.

        Parameters
        ----------
        images
            (batch, channel, height, width) in [0, 1].
        labels
            (batch,) long; needed where there are classes.

        Returns
        -------
        Tensor
            (batch, param, group, height, width), as ``likelihood`` takes them.
        """
        x = self.seen(images).contiguous(memory_format=torch.channels_last)
        return self.arranged(self.outputs(x, labels))

    forward = params

    def seen(self, values: Tensor) -> Tensor:
        """Values in [0, 1] -> what the network sees of them; outside of an image there is 0."""
        return 2 * values - 1

    def arranged(self, outputs: Tensor) -> Tensor:
        """(batch, output, ...) -> (batch, param, group, ...)."""
        return outputs.unflatten(1, (self.groups, self.likelihood.num_params)).transpose(1, 2)

    def log_prob(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """log p(image), or log p(image | label): (batch,) in nats."""
        params = self.params(images, labels)
        with torch.autocast(params.device.type, enabled=False):
            return self.likelihood.log_prob(params, images).sum(dim=(1, 2, 3))

    def add_class_biases(self, sizes: Sequence[int]) -> None:
        """Give every class a vector for each of the layers, of ``sizes``; none without classes."""
        self.class_sizes = list(sizes)
        self.classes = nn.Embedding(self.num_classes, sum(sizes)) if self.num_classes else None
        if self.classes is not None:
            nn.init.normal_(self.classes.weight, std=0.1)

    def class_biases(self, labels: Tensor | None) -> list[Tensor | None]:
        """For each layer (batch, size): ``V h`` of equation 4 in arXiv:1606.05328; or None."""
        if self.classes is None:
            if labels is not None:
                raise ModelError("this network is not class-conditional; leave the labels out")
            return [None] * len(self.class_sizes)
        if labels is None:
            raise ModelError(f"this network needs labels, of {self.num_classes} classes")
        if len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < self.num_classes:
            raise ModelError(f"labels must lie in [0, {self.num_classes})")
        return list(self.classes(labels).split(self.class_sizes, dim=1))


def spread(bias: Tensor | None) -> Tensor | None:
    """(batch, channel) -> (batch, channel, 1, 1), to be added to a whole image."""
    return None if bias is None else bias[:, :, None, None]
