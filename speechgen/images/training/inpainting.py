"""The game of completion: holes of images against a global and a local judge.

S. Iizuka, E. Simo-Serra, H. Ishikawa 2017, doi:10.1145/3072959.3073659, section 3.4: first the mean
square error in the hole alone (``schedule.warm_up_steps``), then that and the game. The paper has
steps of the discriminator alone in between, which there are none of here.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from speechgen.adversarial import frozen
from speechgen.data.pictures import image_grid
from speechgen.errors import ConfigError
from speechgen.images.data.pairs import random_holes
from speechgen.losses.translation import masked_square_error
from speechgen.training.objectives.base import Panels
from speechgen.training.objectives.gan import Game

SHOWN = 4  # examples in a panel


class CompletionObjective(Game):
    """The game of a completion network.

    Batches hold "image", (batch, channel, height, width) in [0, 1]. Every turn draws a rectangular
    hole for each. The network has ``forward(images, known, noise)``, ``noise(images, generator)``
    and ``complete``; the discriminator judges images whose last channel marks the known pixels:
    completed ones, and real ones with a hole drawn for them.

    The generator's losses are "mse" (weight 1), over the hole's pixels, and "adversarial" (0.0004).

    Parameters
    ----------
    smallest_hole, largest_hole
        Sides of holes as shares of the image's.
    game
        As for :class:`Game`, and its other parameters.
    """

    known_weights: ClassVar = {"mse": 1.0, "adversarial": 4e-4}

    def __init__(
        self,
        network: nn.Module,
        discriminator: nn.Module,
        *,
        smallest_hole: float = 0.25,
        largest_hole: float = 0.5,
        **game: Any,
    ) -> None:
        super().__init__(network, discriminator, **game)
        if not 0 < smallest_hole <= largest_hole <= 1:
            raise ConfigError(
                "objective: needs 0 < smallest_hole <= largest_hole <= 1, not "
                f"{smallest_hole} and {largest_hole}"
            )
        self.holes = {"smallest": smallest_hole, "largest": largest_hole}

    def _discriminator_turn(self, batch: dict[str, Tensor]) -> None:
        optimizer = self._optimizer_of(1)
        image = batch["image"]
        known, other = self._known(image), self._known(image)
        with torch.no_grad(), frozen(self.network):
            fake = self._completed(image, known)
        loss = self._discriminator_loss(_marked(image, other), _marked(fake, known))
        self._update(optimizer, loss)
        self.record(discriminator=loss)

    def _generator_turn(self, batch: dict[str, Tensor], adversarial: bool) -> None:
        optimizer = self._optimizer_of(0)
        image = batch["image"]
        known = self._known(image)
        with frozen(self.discriminator):
            fake = self._completed(image, known)
            losses = {"mse": masked_square_error(image, fake, ~known)}
            if adversarial:
                logits, _ = self.discriminator(_marked(fake, known))
                losses["adversarial"] = self.game.generator(logits)
            self._update(optimizer, self._weighted(losses))
        self.record(**losses)

    def _known(self, image: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """A hole for each image."""
        batch, _, height, width = image.shape
        drawn = random_holes(batch, height, width, generator=generator, **self.holes)
        return drawn.to(image.device)

    def _completed(self, image: Tensor, known: Tensor) -> Tensor:
        """The images with what the network makes in their holes."""
        return torch.where(known, image, self.network(image, known, self.network.noise(image)))

    def validation_values(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Mean square error in always the same holes, and that of filling each with its own mean.

        The latter ("mse_mean") is the best that a hole of one colour can do.
        """
        image, known, made = self._complete_fixed(batch["image"])
        hole = (~known).expand_as(image)
        count = hole.sum(dim=(2, 3), keepdim=True).clamp_min(1)
        mean = (image * hole).sum(dim=(2, 3), keepdim=True) / count
        flat = torch.where(hole, mean, image)
        return {
            "mse": masked_square_error(image, made, ~known),
            "mse_mean": masked_square_error(image, flat, ~known),
        }

    def _complete_fixed(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Images, what is known of them, and their completions, the same at every call."""
        generator = torch.Generator().manual_seed(0)
        known = self._known(image, generator)
        return image, known, self.network.inpaint(image, known, generator=generator)

    def panels(self, batch: dict[str, Tensor]) -> Panels:
        """Some rows of image with hole, completion and true image."""
        image, known, made = self._complete_fixed(batch["image"][:SHOWN])
        given = torch.where(known, image, 0.5)
        rows = torch.stack([given, made, image], dim=1).flatten(0, 1)
        return [("completions", image_grid(rows, columns=3))]


def _marked(image: Tensor, known: Tensor) -> Tensor:
    return torch.cat([image, known.to(image.dtype)], dim=1)
