"""Training a speaker encoder: a margin softmax over the training speakers, tested on other ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from speechgen.errors import ConfigError
from speechgen.losses.speaker import (
    additive_angular_margin_loss,
    additive_margin_loss,
    nearest_centre,
    speaker_cosines,
)
from speechgen.training.loop.optimisation import OptimizerSettings, build_optimizer
from speechgen.training.objectives.base import Objective, ObjectiveKind, options_of

LOSSES: dict[str, Callable[..., Tensor]] = {
    "additive_margin": additive_margin_loss,
    "additive_angular_margin": additive_angular_margin_loss,
}


@dataclass(frozen=True)
class SpeakerSettings:
    """See :class:`SpeakerObjective`."""

    kind: str = "speaker"
    loss: str = "additive_margin"
    margin: float = 0.2
    scale: float = 24.0
    margin_steps: int = 200
    centres: int = 1
    optimizer: OptimizerSettings = field(
        default_factory=lambda: OptimizerSettings(
            learning_rate=3e-3, warmup_steps=20, weight_decay=1e-2
        )
    )


class SpeakerObjective(Objective):
    """Trains ``network`` (waves to unit vectors) and prototypes of the speakers beside it.

    Batches hold "wave" (batch, time) and "speaker_id" (batch,).

    Parameters
    ----------
    network
        The encoder.
    num_speakers
        Classes of the softmax.
    loss
        "additive_margin" (arXiv:1801.09414) or "additive_angular_margin" (arXiv:1801.07698).
    margin, scale
        Of that loss; the margin grows from 0 to its full size over ``margin_steps`` steps.
    centres
        Prototypes of each speaker, of which the nearest counts.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        num_speakers: int,
        optimizer: OptimizerSettings,
        gradient_clip_norm: float | None = None,
        loss: str = "additive_margin",
        margin: float = 0.2,
        scale: float = 24.0,
        margin_steps: int = 200,
        centres: int = 1,
    ) -> None:
        super().__init__(network, optimizer=optimizer, gradient_clip_norm=gradient_clip_norm)
        if loss not in LOSSES:
            raise ConfigError(f"objective.loss: needs one of {', '.join(LOSSES)}, not {loss!r}")
        if centres < 1:
            raise ConfigError(f"objective.centres: needs at least 1, not {centres}")
        self.loss = LOSSES[loss]
        self.margin, self.scale, self.margin_steps = margin, scale, margin_steps
        self.centres = centres
        generator = torch.Generator().manual_seed(0)
        shape = (num_speakers * centres, int(self.network.embedding_features))
        self.prototypes = nn.Parameter(torch.randn(shape, generator=generator) * 0.1)

    def training_step(self, batch: dict[str, Tensor], batch_index: int) -> Tensor:
        """Cross-entropy in nats over the training speakers."""
        vectors, labels = self.network(batch["wave"]).float(), batch["speaker_id"]
        margin = self.margin * min(1.0, (self.steps_done + 1) / (self.margin_steps + 1))
        with torch.autocast(vectors.device.type, enabled=False):  # cosines need their digits
            cosines = nearest_centre(speaker_cosines(vectors, self.prototypes), self.centres)
            loss = self.loss(cosines, labels, margin=margin, scale=self.scale)
        accuracy = (cosines.argmax(dim=1) == labels).float().mean()
        self.record(loss=loss, accuracy=accuracy)
        return loss

    def configure_optimizers(self) -> Any:
        """One optimiser over encoder and prototypes."""
        return build_optimizer(self.optimizer_settings, self.parameters())

    def validation_values(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Mean cosine of crops of one voice, of different voices, and the equal error rate."""
        from speechgen.metrics import equal_error_rate

        vectors = self.network(batch["wave"]).float()
        with torch.autocast(vectors.device.type, enabled=False):
            cosines = vectors @ vectors.T
        same = batch["speaker_id"][:, None] == batch["speaker_id"]
        upper = torch.ones_like(same).triu(diagonal=1).bool()
        right, wrong = cosines[same & upper], cosines[~same & upper]
        if not len(right) or not len(wrong):
            return {}
        rate = equal_error_rate(right.cpu().numpy(), wrong.cpu().numpy())
        rate = float(rate[0] if isinstance(rate, tuple) else rate)
        return {"same": right.mean(), "different": wrong.mean(), "eer": torch.tensor(rate)}


def _build(settings: Any, network: nn.Module, data: Any, **common: Any) -> Objective:
    speakers = len(data.speakers)
    return SpeakerObjective(network, num_speakers=speakers, **options_of(settings), **common)


OBJECTIVE = ObjectiveKind(SpeakerSettings, _build, ("speakers",), "embed")
