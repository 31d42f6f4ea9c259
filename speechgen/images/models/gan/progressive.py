"""A generator and a discriminator that grow: T. Karras et al., arXiv:1710.10196, figures 1 and 2.

::

    growth 0      latent -> 4x4 ------------------------------> image, enlarged
    growth 0.3    latent -> 4x4 -> 8x8 --> image x 0.3
                             |-> image, enlarged -> x 0.7 ----> sum, enlarged
    growth 1      latent -> 4x4 -> 8x8 -----------------------> image, enlarged

All stages are there from the beginning, and images always have the full size: at a lower resolution
every pixel is a block of equal ones. So the shapes of the weights never change. Growth is a buffer
in thousandths of a stage, whole numbers, set with :meth:`set_growth`.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, interpolate, leaky_relu

from speechgen.images.models.gan.dcgan_discriminator import DiscriminatorOutput
from speechgen.images.models.gan.latent_generator import Images, LatentGenerator, Latents
from speechgen.layers.equalized_lr import (
    EqualisedConv2d,
    EqualisedLinear,
    pixel_norm,
    with_batch_deviation,
)
from speechgen.layers.image_coders import level_sizes
from speechgen.layers.image_trunk import halvings

_UNITS = 1000


class Growing(nn.Module):
    """How far a network has grown: stage number plus alpha."""

    growth_units: Tensor

    def _initialise_stages(self, image_shape: Sequence[int], smallest: int) -> None:
        """Sides (height, width) of every stage, the lowest resolution first; start fully grown."""
        sizes = level_sizes(image_shape, halvings(image_shape, smallest))
        self.sizes = sizes[::-1]
        self.register_buffer("growth_units", torch.tensor(_UNITS * (len(sizes) - 1)))

    @property
    def stages(self) -> int:
        """The number of resolutions."""
        return len(self.sizes)

    def set_growth(self, growth: float) -> None:
        """Grow to ``growth``, from 0 to ``stages - 1``; the fraction is alpha."""
        if not 0 <= growth <= self.stages - 1:
            raise ValueError(f"growth is {growth}; it must be from 0 to {self.stages - 1}")
        self.growth_units.fill_(round(growth * _UNITS))

    def growth(self) -> tuple[int, float]:
        """The highest stage in use, and how much of it (alpha, above 0 where it is not the 0th)."""
        units = int(self.growth_units)
        stage = -(-units // _UNITS)
        return stage, 1.0 - (stage * _UNITS - units) / _UNITS

    def at_growth(self, images: Images) -> Images:
        """Real images at the resolution of this growth, in full size (appendix A.1)."""
        stage, alpha = self.growth()
        now = self._full_size(adaptive_avg_pool2d(images, self.sizes[stage]), stage)
        if alpha == 1.0:
            return now
        before = adaptive_avg_pool2d(images, self.sizes[stage - 1])
        return torch.lerp(self._full_size(before, stage - 1), now, alpha)

    def _full_size(self, images: Tensor, stage: int) -> Tensor:
        """Images of ``stage`` enlarged stage by stage, pixels repeated."""
        for size in self.sizes[stage + 1 :]:
            images = interpolate(images, size=size, mode="nearest")
        return images


class ProgressiveGenerator(Growing, LatentGenerator):
    """Latents to images in [-1, 1].

    Parameters
    ----------
    image_shape, latent_size, prior
        As in :class:`LatentGenerator`.
    channels
        Width of every stage.
    smallest
        Largest side of the first stage.
    """

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 32, 32),
        latent_size: int = 64,
        channels: int = 32,
        smallest: int = 4,
        prior: str = "gaussian",
    ) -> None:
        LatentGenerator.__init__(self, image_shape, latent_size, prior, 0)
        self._initialise_stages(image_shape, smallest)
        height, width = self.sizes[0]
        self.dense = EqualisedLinear(self.inputs, channels * height * width)
        self.blocks = nn.ModuleList(
            nn.ModuleList([EqualisedConv2d(channels, channels) for _ in range(2 if stage else 1)])
            for stage in range(self.stages)
        )
        self.to_image = nn.ModuleList(
            EqualisedConv2d(channels, image_shape[0], 1, gain=1.0) for _ in range(self.stages)
        )

    def forward(self, latents: Latents, labels: Tensor | None = None) -> Images:
        """Images in [-1, 1] in full size, at the growth that is set."""
        return self.faded(latents, *self.growth())

    def faded(self, latents: Latents, stage: int, alpha: float) -> Images:
        """Images in full size of ``stage``, which counts ``alpha``, the one before 1 - alpha."""
        x = self.dense(pixel_norm(latents))
        x = pixel_norm(leaky_relu(x.unflatten(1, (-1, *self.sizes[0])), 0.2))
        before = x
        for size, block in zip(self.sizes[: stage + 1], self.blocks, strict=False):
            before = x
            x = interpolate(x, size=size, mode="nearest")
            assert isinstance(block, nn.ModuleList)
            for convolution in block:
                x = pixel_norm(leaky_relu(convolution(x), 0.2))
        image = torch.tanh(self.to_image[stage](x))
        if alpha < 1.0:
            old = torch.tanh(self.to_image[stage - 1](before))
            old = interpolate(old, size=self.sizes[stage], mode="nearest")
            image = torch.lerp(old, image, alpha)
        return self._full_size(image, stage)


class ProgressiveDiscriminator(Growing):
    """The generator's mirror, with the batch's deviation as a last feature.

    Parameters
    ----------
    image_shape, channels, smallest
        As the generator's.
    """

    #: the batch's deviation makes every logit depend on the whole call
    examples_independent = False

    def __init__(
        self, *, image_shape: Sequence[int] = (1, 32, 32), channels: int = 32, smallest: int = 4
    ) -> None:
        super().__init__()
        self._initialise_stages(image_shape, smallest)
        height, width = self.sizes[0]
        self.from_image = nn.ModuleList(
            EqualisedConv2d(image_shape[0], channels, 1) for _ in range(self.stages)
        )
        self.blocks = nn.ModuleList(
            nn.ModuleList([EqualisedConv2d(channels, channels) for _ in range(2)])
            for _ in range(self.stages - 1)
        )
        self.last = EqualisedConv2d(channels + 1, channels)
        self.hidden = EqualisedLinear(channels * height * width, channels)
        self.head = EqualisedLinear(channels, 1, gain=1.0)

    def forward(self, images: Images) -> DiscriminatorOutput:
        """``([logits (batch, 1)], [feature maps])`` of images in full size, at the growth set."""
        stage, alpha = self.growth()
        x = self._seen(images, stage)
        features = []
        for index in range(stage, 0, -1):
            block = self.blocks[index - 1]
            assert isinstance(block, nn.ModuleList)
            for convolution in block:
                x = leaky_relu(convolution(x), 0.2)
            x = adaptive_avg_pool2d(x, self.sizes[index - 1])
            if index == stage and alpha < 1.0:
                x = torch.lerp(self._seen(images, stage - 1), x, alpha)
            features.append(x)
        x = leaky_relu(self.last(with_batch_deviation(x)), 0.2)
        features.append(x)
        return [self.head(leaky_relu(self.hidden(x.flatten(1)), 0.2))], [features]

    def _seen(self, images: Tensor, stage: int) -> Tensor:
        pooled = adaptive_avg_pool2d(images, self.sizes[stage])
        return leaky_relu(self.from_image[stage](pooled), 0.2)
