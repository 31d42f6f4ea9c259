"""What GANs with an encoder share: settings, posterior, validation by reconstruction."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from speechgen.data.pictures import image_grid
from speechgen.images.training.gan import ImageGANObjective
from speechgen.training.objectives.base import Panels
from speechgen.training.objectives.gan import GANSettings


@dataclass(frozen=True)
class BidirectionalGANSettings(GANSettings):
    """See :class:`BidirectionalGANObjective`."""

    smoothing: float = 0.0
    flip: float = 0.0


class BidirectionalGANObjective(ImageGANObjective):
    """An :class:`ImageGANObjective` of a :class:`BidirectionalGenerator`."""

    def _inferred(self, images: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """A latent drawn from the posterior of each image in [-1, 1]."""
        posterior = self.network.posterior(images)
        noise = torch.randn(posterior.mean.shape, generator=generator).to(images)
        latents: Tensor = posterior.sample(noise)
        return latents

    def validation_values(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Those of a GAN, and the mean absolute distance of images from their reconstructions."""
        distance = (self.network.reconstruct(batch["image"]) - batch["image"]).abs().mean()
        return super().validation_values(batch) | {"reconstruction_distance": distance.float()}

    def panels(self, batch: dict[str, Tensor]) -> Panels:
        """Samples; and held-out images, each with its reconstruction to the right of it."""
        images = batch["image"][:32]
        pairs = torch.stack([images, self.network.reconstruct(images)], dim=1).flatten(0, 1)
        grid = image_grid(pairs.float().cpu(), columns=8)
        return [*super().panels(batch), ("reconstructions", grid)]
