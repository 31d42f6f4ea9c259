"""Inpainting: holes of images against a global and a local discriminator.

S. Iizuka, E. Simo-Serra, H. Ishikawa 2017, doi:10.1145/3072959.3073659, section 3.4: first the mean
square error in the hole alone (``schedule.warm_up_steps``), then the adversarial loss too. The
paper has steps of the discriminator alone in between, which there are none of here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from speechgen.adversarial import frozen
from speechgen.data.pictures import image_grid
from speechgen.errors import ConfigError
from speechgen.images.data.pairs import random_holes
from speechgen.losses.translation import masked_square_error
from speechgen.training.objectives.base import Objective, ObjectiveKind, Panels, options_of
from speechgen.training.objectives.gan import GANObjective, GANSettings, build_discriminator
from speechgen.training.settings import ModelSettings

SHOWN = 4  # examples in a panel


@dataclass(frozen=True)
class InpaintingSettings(GANSettings):
    """See :class:`InpaintingObjective`."""

    kind: str = "inpainting"
    discriminator: ModelSettings = field(
        default_factory=partial(ModelSettings, "inpainting_gan_discriminator")
    )
    smallest_hole: float = 0.25
    largest_hole: float = 0.5


class InpaintingObjective(GANObjective):
    """An inpainting network against a discriminator of the whole image and of the hole.

    Batches hold "image", (batch, channel, height, width) in [0, 1]. Every step draws a rectangular
    hole for each. The network has ``forward(images, known, noise)``, ``noise(images, generator)``
    and ``complete``; the discriminator scores images whose last channel marks the known pixels:
    inpainted ones, and real ones with a hole drawn for them.

    The generator's losses are "mse" (weight 1), over the hole's pixels, and "adversarial" (0.0004).

    Parameters
    ----------
    smallest_hole, largest_hole
        Sides of holes as shares of the image's.
    options
        Those of :class:`GANObjective`.
    """

    known_weights: ClassVar = {"mse": 1.0, "adversarial": 4e-4}

    def __init__(
        self,
        network: nn.Module,
        discriminator: nn.Module,
        *,
        smallest_hole: float = 0.25,
        largest_hole: float = 0.5,
        **options: Any,
    ) -> None:
        super().__init__(network, discriminator, **options)
        if not 0 < smallest_hole <= largest_hole <= 1:
            raise ConfigError(
                "objective: needs 0 < smallest_hole <= largest_hole <= 1, not "
                f"{smallest_hole} and {largest_hole}"
            )
        self.holes = {"smallest": smallest_hole, "largest": largest_hole}

    def _discriminator_step(self, batch: dict[str, Tensor]) -> None:
        optimizer = self._optimizer_of(1)
        image = batch["image"]
        known, other = self._known(image), self._known(image)
        with torch.no_grad(), frozen(self.network):
            fake = self._inpainted(image, known)
        loss = self._discriminator_loss(_marked(image, other), _marked(fake, known))
        self._update(optimizer, loss)
        self.record(discriminator=loss)

    def _generator_step(self, batch: dict[str, Tensor], adversarial: bool) -> None:
        optimizer = self._optimizer_of(0)
        image = batch["image"]
        known = self._known(image)
        with frozen(self.discriminator):
            fake = self._inpainted(image, known)
            losses = {"mse": masked_square_error(image, fake, ~known)}
            if adversarial:
                logits, _ = self.discriminator(_marked(fake, known))
                losses["adversarial"] = self.gan_loss.generator(logits)
            self._update(optimizer, self._weighted(losses))
        self.record(**losses)

    def _known(self, image: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """A hole for each image."""
        batch, _, height, width = image.shape
        drawn = random_holes(batch, height, width, generator=generator, **self.holes)
        return drawn.to(image.device)

    def _inpainted(self, image: Tensor, known: Tensor) -> Tensor:
        """The images with their holes filled by the network."""
        return torch.where(known, image, self.network(image, known, self.network.noise(image)))

    def validation_values(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Mean square error in always the same holes, and that of filling each with its own mean.

        The latter ("mse_mean") is the best that a hole of one colour can do.
        """
        image, known, filled = self._inpaint_fixed(batch["image"])
        hole = (~known).expand_as(image)
        count = hole.sum(dim=(2, 3), keepdim=True).clamp_min(1)
        mean = (image * hole).sum(dim=(2, 3), keepdim=True) / count
        flat = torch.where(hole, mean, image)
        return {
            "mse": masked_square_error(image, filled, ~known),
            "mse_mean": masked_square_error(image, flat, ~known),
        }

    def _inpaint_fixed(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Images, what is known of them, and the inpainted ones, the same at every call."""
        generator = torch.Generator().manual_seed(0)
        known = self._known(image, generator)
        return image, known, self.network.inpaint(image, known, generator=generator)

    def panels(self, batch: dict[str, Tensor]) -> Panels:
        """Some rows of image with hole, inpainted and true image."""
        image, known, filled = self._inpaint_fixed(batch["image"][:SHOWN])
        given = torch.where(known, image, 0.5)
        rows = torch.stack([given, filled, image], dim=1).flatten(0, 1)
        return [("inpaintings", image_grid(rows, columns=3))]


def _marked(image: Tensor, known: Tensor) -> Tensor:
    return torch.cat([image, known.to(image.dtype)], dim=1)


def _build(settings: Any, network: Any, data: Any, **common: Any) -> Objective:
    discriminator = build_discriminator(settings, image_shape=list(network.image_shape))
    return InpaintingObjective(network, discriminator, **options_of(settings), **common)


OBJECTIVE = ObjectiveKind(InpaintingSettings, _build, ("images",), "generate")
