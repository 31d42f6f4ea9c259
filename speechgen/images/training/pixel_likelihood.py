"""Maximum likelihood of images: mean -log p(image) in nats, and a few drawn images to look at.

Equation 1 of arXiv:1601.06759; bits per dimension are nats / (D ln 2) for D values of an image.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from speechgen.images.sampling.pixels import sample_pixels
from speechgen.likelihood import nats_to_bits
from speechgen.training.loop.optimisation import OptimizerSettings, build_optimizer
from speechgen.training.objectives.base import Objective, ObjectiveKind, Panels, options_of

_PANELS = 4  # images drawn at each validation


@dataclass(frozen=True)
class PixelLikelihoodSettings:
    """See :class:`PixelLikelihoodObjective`."""

    kind: str = "pixel_likelihood"
    draw: bool = True
    optimizer: OptimizerSettings = field(
        default_factory=lambda: OptimizerSettings(learning_rate=3e-3, warmup_steps=100)
    )


class PixelLikelihoodObjective(Objective):
    """Trains an autoregressive network of images: ``log_prob(images, labels)``.

    Batches hold "image" (batch, channel, height, width) in [0, 1] and "label" (batch,), which is
    given to networks that know classes.

    Parameters
    ----------
    network
        See above.
    optimizer
        Kind and course of the optimiser.
    draw
        Whether a validation draws images, always from the same noise.
    """

    likes_bf16_on_cpu = True

    def __init__(
        self,
        network: nn.Module,
        *,
        optimizer: OptimizerSettings,
        gradient_clip_norm: float | None = None,
        draw: bool = True,
    ) -> None:
        super().__init__(network, optimizer=optimizer, gradient_clip_norm=gradient_clip_norm)
        self.draw = draw

    def nll_nats(self, batch: dict[str, Tensor]) -> Tensor:
        """-log p of every image: (batch,)."""
        labels = batch["label"] if self.network.num_classes else None
        return -self.network.log_prob(batch["image"], labels)

    def training_step(self, batch: dict[str, Tensor], batch_index: int) -> Tensor:
        """Mean nats per image are recorded; the loss is per value, so that rates fit all sizes."""
        nats = self.nll_nats(batch).mean()
        self.record(nll_nats=nats, bits_per_dim=self._bits_per_dim(nats))
        return nats / math.prod(self.network.image_shape)

    def configure_optimizers(self) -> Any:
        """One optimiser over the whole network."""
        return build_optimizer(self.optimizer_settings, self.network.parameters())

    def validation_values(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Nats per image and bits per value of held-out images."""
        nats = self.nll_nats(batch).mean()
        return {"nll_nats": nats, "bits_per_dim": self._bits_per_dim(nats)}

    def panels(self, batch: dict[str, Tensor]) -> Panels:
        """One picture: held-out images in a row, below it as many drawn ones."""
        if not self.draw:
            return []
        labels = batch["label"][:_PANELS] if self.network.num_classes else None
        with torch.autocast(self.device.type, enabled=False):
            drawn = sample_pixels(
                self.network, len(batch["image"][:_PANELS]), seed=0, labels=labels
            )
        real = batch["image"][:_PANELS].to(drawn)
        rows = [torch.cat(list(images), dim=2) for images in (real, drawn)]
        return [("samples", torch.cat(rows, dim=1))]

    def _bits_per_dim(self, nats: Tensor) -> Tensor:
        return nats_to_bits(nats / math.prod(self.network.image_shape))


def _build(settings: Any, network: nn.Module, data: Any, **common: Any) -> Objective:
    return PixelLikelihoodObjective(network, **options_of(settings), **common)


OBJECTIVE = ObjectiveKind(PixelLikelihoodSettings, _build, ("images",), "generate")
