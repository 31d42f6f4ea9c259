"""Base of the image generators from a latent."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from speechgen.layers.labels import one_hot
from speechgen.variational import prior_named

Images = Float[Tensor, "batch channel height width"]
Latents = Float[Tensor, "batch latent"]


class LatentGenerator(nn.Module):
    """Base of the networks with ``forward(latents, labels) -> images`` in [-1, 1], tanh at the end.

    :meth:`decode` and :meth:`sample` give images in [0, 1].

    Parameters
    ----------
    image_shape
        (channel, height, width).
    latent_size
        Numbers in a latent; 10 to 100 are usual.
    prior
        Where latents come from: "gaussian", N(0, I); or "uniform", the cube (-1, 1).
    num_classes
        Above 0, images are of a class (M. Mirza, S. Osindero, arXiv:1411.1784): its one-hot vector
        is appended to the latent.
    """

    def __init__(
        self, image_shape: Sequence[int], latent_size: int, prior: str, num_classes: int
    ) -> None:
        super().__init__()
        if latent_size < 1 or num_classes < 0 or len(image_shape) != 3 or min(image_shape) < 1:
            raise ValueError(
                f"latents of {latent_size} numbers, {num_classes} classes, images of "
                f"{list(image_shape)}; needs 1 or more, 0 or more, [channel, height, width]"
            )
        prior_named(prior, torch.zeros(1))
        self.image_shape = tuple(int(side) for side in image_shape)
        self.latent_size = latent_size
        self.prior = prior
        self.num_classes = num_classes

    @property
    def inputs(self) -> int:
        """Numbers that :meth:`conditioned` gives."""
        return self.latent_size + self.num_classes

    def conditioned(self, latents: Tensor, labels: Tensor | None) -> Tensor:
        """Latents, the class behind them where there are classes: (batch, inputs)."""
        if not self.num_classes:
            return latents
        classes = one_hot(labels, self.num_classes)
        return torch.cat([latents, classes.to(latents.dtype)], dim=1)

    def draw(self, count: int, *, generator: torch.Generator | None = None) -> Latents:
        """``count`` latents from the prior, on the network's device.

        Parameters
        ----------
        generator
            On the CPU; torch's default stream if none is given.
        """
        noise = torch.randn(count, self.latent_size, generator=generator)
        latents: Tensor = prior_named(self.prior, noise).sample(noise)
        return latents.to(next(self.parameters()).device)

    def decode(self, latents: Latents, labels: Tensor | None = None) -> Images:
        """Images in [0, 1] of given latents."""
        return 0.5 * (self(latents, labels) + 1.0)

    def sample(
        self, num_images: int, *, generator: torch.Generator, labels: Tensor | None = None
    ) -> Images:
        """``num_images`` new images in [0, 1]; with classes ``labels`` (batch,) are needed."""
        return self.decode(self.draw(num_images, generator=generator), labels)
