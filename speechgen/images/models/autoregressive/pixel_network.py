"""Base of the autoregressive image models: the chain rule over pixels in raster order.

``log p(x) = sum_i log p(x_i | x_1 ... x_(i-1))``, row after row, in a row from left to right, in a
pixel channel after channel (arXiv:1601.06759, equations 1 and 2). With a ``patch_size`` of 2 the
"pixels" of that order are patches of 2 x 2 and their pixels the channels: still the chain rule, on
a grid of a quarter of the places.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.errors import ConfigError, ModelError
from speechgen.likelihood import pixel_likelihood_named


class PixelNetwork(nn.Module, ABC):
    """Base of the networks: sizes, output distribution, classes, ``params`` and ``log_prob``.

    Parameters
    ----------
    image_shape
        Channel, height, width. Any height and width work, or any multiple of the patch's.
    num_classes
        Labels p(x | label) is conditioned on; 0 for none.
    output
        One of :data:`speechgen.likelihood.naming.PIXEL_OUTPUTS`.
    levels, mixtures
        Of the output.
    patch_size
        Side of the square of pixels that is drawn as one.

    Attributes
    ----------
    grid_shape
        What the layers see: channel * patch_size**2, height / patch_size, width / patch_size.
    """

    sharing = "never"  # of weights by several processes: pixels are drawn layer by layer

    def __init__(
        self,
        image_shape: Sequence[int],
        num_classes: int,
        output: str,
        levels: int,
        mixtures: int,
        patch_size: int = 1,
    ) -> None:
        super().__init__()
        if len(image_shape) != 3 or min(image_shape) < 1 or num_classes < 0:
            raise ConfigError(
                "a network of images needs image_shape [channel, height, width] of 1 or more each "
                f"and num_classes of 0 or more, not {list(image_shape)} and {num_classes}"
            )
        channels, height, width = self.image_shape = tuple(int(size) for size in image_shape)
        if patch_size < 1 or height % patch_size or width % patch_size:
            raise ConfigError(
                f"patch_size must divide the sides of an image, {height} and {width}; "
                f"{patch_size} does not"
            )
        self.num_classes, self.patch_size = num_classes, patch_size
        channels = channels * patch_size**2
        self.grid_shape = (channels, height // patch_size, width // patch_size)
        self.likelihood = pixel_likelihood_named(
            output, channels=channels, levels=levels, mixtures=mixtures
        )
        #: channels sampled one after the other, each from its own params; 1 where all at once
        self.groups = self.likelihood.groups(channels)
        self.num_outputs = self.groups * self.likelihood.num_params

    @abstractmethod
    def outputs(self, x: Tensor, labels: Tensor | None) -> Tensor:
        """(batch, channel, height, width) in [-1, 1] -> (batch, output, height, width)."""

    def to_grid(self, images: Tensor) -> Tensor:
        """(batch, *image_shape) -> (batch, *grid_shape): the pixels of a patch become channels.

        Raises
        ------
        ModelError
            The sides are no multiples of the patch's.
        """
        if self.patch_size == 1:
            return images
        if images.shape[2] % self.patch_size or images.shape[3] % self.patch_size:
            raise ModelError(
                f"this network draws patches of {self.patch_size} x {self.patch_size}: images of "
                f"{images.shape[2]} x {images.shape[3]} cannot be cut into them"
            )
        return F.pixel_unshuffle(images, self.patch_size)

    def to_images(self, grid: Tensor) -> Tensor:
        """The inverse of :meth:`to_grid`."""
        return grid if self.patch_size == 1 else F.pixel_shuffle(grid, self.patch_size)

    def params(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """The distribution of every value given those before it.

        Parameters
        ----------
        images
            (batch, channel, height, width) in [0, 1], as :meth:`to_grid` gives them.
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
        images = self.to_grid(images)
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
