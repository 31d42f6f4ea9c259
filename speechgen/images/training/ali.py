"""The game of adversarially learned inference: V. Dumoulin et al., arXiv:1606.00704, Algorithm 1.

The discriminator tells (x, z ~ q(z | x)), called real, from (x ~ p(x | z), z), called fake. The
generator, encoder and decoder together, wants either taken for the other: its loss is the
discriminator's with both names exchanged, which does not fade while it is losing (section 2.2).
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from speechgen.adversarial import frozen
from speechgen.images.training.bidirectional_gan import TwoWayGame
from speechgen.images.training.gan import Judged


class ALIGame(TwoWayGame):
    """The turns of a discriminator of pairs and of encoder and decoder; see :class:`ImageGame`."""

    known_weights: ClassVar = {"adversarial": 1.0}

    def _real(self, batch: dict[str, Tensor]) -> Judged:
        """Images, and a latent of each from its posterior."""
        (images,) = super()._real(batch)
        return images, self._inferred(images)

    def _fake(
        self, batch: dict[str, Tensor], generator: torch.Generator | None = None
    ) -> tuple[Judged, Tensor]:
        """Images of latents from the prior, and those latents."""
        latents = self.network.draw(len(batch["image"]), generator=generator)
        return (self.network(latents), latents), latents

    def _generator_turn(self, batch: dict[str, Tensor], adversarial: bool) -> None:
        with frozen(self.discriminator):
            inferred = self._logits(self._real(batch))
            made = self._logits(self._fake(batch)[0])
            loss = self.game.discriminator(made, inferred)
            self._update(self._optimizer_of(0), self.weights["adversarial"] * loss)
        self.record(adversarial=loss)
