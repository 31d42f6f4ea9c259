"""Paired image-to-image translation: pix2pix.

P. Isola et al. 2017, arXiv:1611.07004, equations 1 to 4: the discriminator sees (source, image)
pairs, and an L1 term has weight 100.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor

from speechgen.adversarial import frozen
from speechgen.data.pictures import image_grid
from speechgen.images.training.pixel_range import mean_psnr
from speechgen.layers.ranges import signed
from speechgen.losses import l1
from speechgen.losses.translation import total_variation
from speechgen.training.objectives.base import Objective, ObjectiveKind, Panels, options_of
from speechgen.training.objectives.gan import GANObjective, GANSettings, build_discriminator
from speechgen.training.settings import ModelSettings

SHOWN = 4  # examples in a panel


@dataclass(frozen=True)
class TranslationSettings(GANSettings):
    """See :class:`TranslationObjective`."""

    kind: str = "translation"
    discriminator: ModelSettings = field(
        default_factory=partial(ModelSettings, "patch_discriminator")
    )


class TranslationObjective(GANObjective):
    """A translation learnt from pairs.

    Batches hold "source" and "image", (batch, channel, height, width) in [0, 1]. The generator has
    ``forward(source)``; the discriminator scores sources and images joined along the channels.

    The generator's losses are "adversarial" (weight 1), "l1" (100), of pixels brought to [-1, 1] as
    in the paper, and "total_variation" (0). Parameters are those of :class:`GANObjective`.
    """

    known_weights: ClassVar = {"adversarial": 1.0, "l1": 100.0, "total_variation": 0.0}

    def _discriminator_step(self, batch: dict[str, Tensor]) -> None:
        optimizer = self._optimizer_of(1)
        source = batch["source"]
        with torch.no_grad(), frozen(self.network):
            fake = self.network(source)
        loss = self._discriminator_loss(_pair(source, batch["image"]), _pair(source, fake))
        self._update(optimizer, loss)
        self.record(discriminator=loss)

    def _generator_step(self, batch: dict[str, Tensor], adversarial: bool) -> None:
        optimizer = self._optimizer_of(0)
        source, image = batch["source"], batch["image"]
        with frozen(self.discriminator):
            fake = self.network(source)
            losses = {"l1": l1(signed(fake), signed(image))}
            if self.weights["total_variation"]:
                losses["total_variation"] = total_variation(fake)
            if adversarial:
                logits, _ = self.discriminator(_pair(source, fake))
                losses["adversarial"] = self.gan_loss.generator(logits)
            self._update(optimizer, self._weighted(losses))
        self.record(**losses)

    def validation_values(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Mean absolute error of a pixel, and PSNR (dB)."""
        generated, image = self.network.translate(batch["source"]), batch["image"]
        return {"l1": l1(generated, image), "psnr": mean_psnr(generated, image)}

    def panels(self, batch: dict[str, Tensor]) -> Panels:
        """Some rows of source, translation and image."""
        source, image = batch["source"][:SHOWN], batch["image"][:SHOWN]
        rows = torch.stack([source, self.network.translate(source), image], dim=1)
        return [("translations", image_grid(rows.flatten(0, 1), columns=3))]


def _pair(source: Tensor, image: Tensor) -> Tensor:
    return torch.cat([source, image], dim=1)


def _build(settings: Any, network: Any, data: Any, **common: Any) -> Objective:
    discriminator = build_discriminator(
        settings,
        image_shape=list(network.image_shape),
        condition_channels=network.source_channels,
    )
    return TranslationObjective(network, discriminator, **options_of(settings), **common)


OBJECTIVE = ObjectiveKind(TranslationSettings, _build, ("image_pairs",), "generate")
