"""Adversarially learned inference: V. Dumoulin et al., arXiv:1606.00704, Algorithm 1.

The discriminator tells (x, z ~ q(z | x)), called real, from (x ~ p(x | z), z), called fake. The
loss of the generator, encoder and decoder together, is the discriminator's with both names
exchanged, which does not fade while it is losing (section 2.2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

import torch
from torch import Tensor

from speechgen.adversarial import frozen
from speechgen.images.training.bidirectional_gan import (
    BidirectionalGANObjective,
    BidirectionalGANSettings,
)
from speechgen.images.training.gan import Example, builder
from speechgen.training.objectives.base import ObjectiveKind
from speechgen.training.settings import ModelSettings


@dataclass(frozen=True)
class ALISettings(BidirectionalGANSettings):
    """See :class:`ALIObjective`."""

    kind: str = "ali"
    discriminator: ModelSettings = field(
        default_factory=partial(ModelSettings, "ali_discriminator")
    )


class ALIObjective(BidirectionalGANObjective):
    """Encoder and decoder against a discriminator of pairs; see :class:`ImageGANObjective`."""

    known_weights: ClassVar = {"adversarial": 1.0}

    def _real(self, batch: dict[str, Tensor]) -> Example:
        """Images, and a latent of each from its posterior."""
        (images,) = super()._real(batch)
        return images, self._inferred(images)

    def _fake(
        self, batch: dict[str, Tensor], generator: torch.Generator | None = None
    ) -> tuple[Example, Tensor]:
        """Images of latents from the prior, and those latents."""
        latents = self.network.draw(len(batch["image"]), generator=generator)
        return (self.network(latents), latents), latents

    def _generator_step(self, batch: dict[str, Tensor], adversarial: bool) -> None:
        with frozen(self.discriminator):
            inferred = self._logits(self._real(batch))
            generated = self._logits(self._fake(batch)[0])
            loss = self.gan_loss.discriminator(generated, inferred)
            self._update(self._optimizer_of(0), self.weights["adversarial"] * loss)
        self.record(adversarial=loss)


OBJECTIVE = ObjectiveKind(ALISettings, builder(ALIObjective), ("images",), "generate")
