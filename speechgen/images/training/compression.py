"""Training a compressive autoencoder: bits against error.

L. Theis et al., arXiv:1703.00395, equation 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from speechgen.errors import ConfigError
from speechgen.images.training.variational import image_sheet
from speechgen.training.loop.optimisation import OptimizerSettings, build_optimizer
from speechgen.training.objectives.base import Objective, ObjectiveKind, Panels, options_of

_SHOWN = 8


@dataclass(frozen=True)
class CompressionSettings:
    """See :class:`CompressionObjective`."""

    kind: str = "compression"
    distortion_weight: float = 50.0
    optimizer: OptimizerSettings = field(
        default_factory=lambda: OptimizerSettings(learning_rate=2e-3, warmup_steps=20)
    )


class CompressionObjective(Objective):
    """Trains a network with ``noisy_rate_bits``, ``rate_bits`` and ``reconstruct``.

    Batches hold "image" (batch, channel, height, width) in [0, 1].

    Parameters
    ----------
    network
        See above.
    distortion_weight
        Bits that a squared error of 1, summed over the image, is worth: more for finer images.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        optimizer: OptimizerSettings,
        gradient_clip_norm: float | None = None,
        distortion_weight: float = 50.0,
    ) -> None:
        super().__init__(network, optimizer=optimizer, gradient_clip_norm=gradient_clip_norm)
        if not distortion_weight > 0:
            raise ConfigError(
                f"objective.distortion_weight: needs a number above 0, not {distortion_weight}"
            )
        self.distortion_weight = distortion_weight

    def training_step(self, batch: dict[str, Tensor], batch_index: int) -> Tensor:
        """Bits and weighted error by image."""
        images = batch["image"]
        rate = self.network.noisy_rate_bits(images).mean()
        error = _error(self.network.reconstruct(images), images)
        self.record(rate_bits=rate, squared_error=error)
        return rate + self.distortion_weight * error

    def configure_optimizers(self) -> Any:
        """One optimiser over the whole network."""
        return build_optimizer(self.optimizer_settings, self.network.parameters())

    def validation_values(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Bits of the rounded codes by image and by sample (pixel value), and the error."""
        images = batch["image"]
        rate = self.network.rate_bits(images).mean()
        mse = (self.network.reconstruct(images) - images).square().mean()
        return {
            "rate_bits": rate,
            "bits_per_dim": rate / images[0].numel(),
            "mse": mse,
            "psnr_db": -10.0 * torch.log10(mse),
        }

    def panels(self, batch: dict[str, Tensor]) -> Panels:
        """Images over what is left of them."""
        images = batch["image"][:_SHOWN]
        both = torch.stack([images, self.network.reconstruct(images)])
        return [("compressed", image_sheet(both))]


def _error(images: Tensor, wanted: Tensor) -> Tensor:
    return (images - wanted).square().flatten(1).sum(1).mean()


def _build(settings: Any, network: nn.Module, data: Any, **common: Any) -> Objective:
    return CompressionObjective(network, **options_of(settings), **common)


OBJECTIVE = ObjectiveKind(CompressionSettings, _build, ("images",), "generate")
