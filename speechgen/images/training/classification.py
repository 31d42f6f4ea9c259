"""Training a classifier of images, from nothing or from the encoder of an autoencoder."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from speechgen.errors import ConfigError, DataError
from speechgen.images.models.autoencoder.classifier import load_encoder
from speechgen.training.loop.optimisation import OptimizerSettings, build_optimizer
from speechgen.training.objectives.base import Objective, ObjectiveKind
from speechgen.training.settings import PathText


@dataclass(frozen=True)
class ClassificationSettings:
    """See :class:`ClassificationObjective`.

    ``encoder_from`` is a model directory or run folder of a pretrained autoencoder, whose encoder
    the classifier is initialised from; ``freeze`` leaves that encoder as it is.
    """

    kind: str = "classification"
    encoder_from: PathText | None = None
    freeze: bool = False
    optimizer: OptimizerSettings = field(
        default_factory=lambda: OptimizerSettings(learning_rate=2e-3, warmup_steps=20)
    )


class ClassificationObjective(Objective):
    """Trains ``network`` (images to logits of ``num_classes``) by cross entropy.

    Batches hold "image" (batch, channel, height, width) in [0, 1] and "label" (batch,).

    Parameters
    ----------
    network
        With an ``encoder`` and a ``head`` where ``freeze`` is used.
    freeze
        Whether the encoder stays as it is and only the rest learns.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        optimizer: OptimizerSettings,
        gradient_clip_norm: float | None = None,
        freeze: bool = False,
    ) -> None:
        super().__init__(network, optimizer=optimizer, gradient_clip_norm=gradient_clip_norm)
        if freeze:
            self.network.encoder.requires_grad_(False)

    def training_step(self, batch: dict[str, Tensor], batch_index: int) -> Tensor:
        """Cross entropy in nats."""
        values = self._values(batch)
        self.record(**values)
        return values["nats"]

    def _values(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        labels, classes = batch["label"], self.network.num_classes
        if not bool(((labels >= 0) & (labels < classes)).all()):
            raise DataError(
                f"labels from {int(labels.min())} to {int(labels.max())}, but the model has "
                f"{classes} classes; give model.arguments.num_classes"
            )
        logits = self.network(batch["image"]).float()
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        return {"nats": cross_entropy(logits, labels), "accuracy": accuracy}

    def configure_optimizers(self) -> Any:
        """One optimiser over whatever is not frozen."""
        return build_optimizer(self.optimizer_settings, self.network.parameters())

    @torch.no_grad()
    def validation_values(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Cross entropy in nats and the part of the labels that are found."""
        return self._values(batch)


def _build(settings: Any, network: nn.Module, data: Any, **common: Any) -> Objective:
    if settings.encoder_from is not None:
        from speechgen.store import load_model, locate

        load_encoder(network, load_model(locate(settings.encoder_from)).model)
    elif settings.freeze:
        raise ConfigError("objective.freeze: needs objective.encoder_from, a pretrained encoder")
    return ClassificationObjective(network, freeze=settings.freeze, **common)


OBJECTIVE = ObjectiveKind(ClassificationSettings, _build, ("images",), "classify")
