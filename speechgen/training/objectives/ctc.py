"""Training a recogniser by connectionist temporal classification."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.data.augment.mel_augment import MelAugmentation, augment_mel
from speechgen.metrics.listening import word_errors
from speechgen.models.recogniser.decoding import greedy_classes
from speechgen.training.loop.optimisation import OptimizerSettings, build_optimizer
from speechgen.training.objectives.base import Objective, ObjectiveKind, options_of


@dataclass(frozen=True)
class CTCSettings:
    """See :class:`CTCObjective`."""

    kind: str = "ctc"
    augmentation: MelAugmentation = field(default_factory=MelAugmentation)
    optimizer: OptimizerSettings = field(
        default_factory=lambda: OptimizerSettings(
            learning_rate=2e-3, warmup_steps=300, weight_decay=2e-2, betas=(0.9, 0.98)
        )
    )


class CTCObjective(Objective):
    """Trains ``network`` (mel frames to logits of the blank and phones).

    A. Graves et al., "Connectionist temporal classification", ICML 2006. Batches are those of
    :meth:`speechgen.data.datasets.transcribed_speech.TranscribedDataset.collate`.

    Parameters
    ----------
    network
        The recogniser: ``network(mel, lengths)`` gives logits (batch, 1 + phone, frame) first.
    augmentation
        Of training batches.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        optimizer: OptimizerSettings,
        gradient_clip_norm: float | None = None,
        augmentation: MelAugmentation,
    ) -> None:
        super().__init__(network, optimizer=optimizer, gradient_clip_norm=gradient_clip_norm)
        self.augmentation = augmentation

    def training_step(self, batch: dict[str, Tensor], batch_index: int) -> Tensor:
        """The loss of augmented utterances."""
        rate = self.network.sample_rate
        mel, lengths = augment_mel(batch["local"], batch["num_frames"], rate, self.augmentation)
        logits, _ = self.network(mel, lengths)
        loss = ctc_loss(logits, lengths, batch["phones"], batch["num_phones"])
        self.record(loss=loss)
        return loss

    def configure_optimizers(self) -> Any:
        """One optimiser over the network."""
        return build_optimizer(self.optimizer_settings, self.network.parameters())

    def validation_values(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """The loss, and the phone error rate of the likeliest path: edits for each phone."""
        phones, count = batch["phones"], batch["num_phones"]
        logits, _ = self.network(batch["local"], batch["num_frames"])
        loss = ctc_loss(logits, batch["num_frames"], phones, count)
        heard = greedy_classes(logits, batch["num_frames"])
        said = [row[:n] for row, n in zip(phones.tolist(), count.tolist(), strict=True)]
        edits = sum(word_errors(a, b) for a, b in zip(said, heard, strict=True))
        return {"loss": loss, "phone_error_rate": torch.tensor(edits / int(count.sum()))}


def ctc_loss(logits: Tensor, lengths: Tensor, phones: Tensor, num_phones: Tensor) -> Tensor:
    """Negative log-likelihood in nats a phone, the mean over utterances; fp32.

    An utterance with fewer frames than phones, which has no path, counts 0.

    Parameters
    ----------
    logits
        (batch, class, frame); class 0 is the blank.
    lengths, num_phones
        (batch,), frames and phones of each.
    phones
        (batch, phone), classes from 1.
    """
    with torch.autocast(logits.device.type, enabled=False):
        scores = logits.float().log_softmax(dim=1).permute(2, 0, 1)
        return F.ctc_loss(scores, phones, lengths, num_phones, zero_infinity=True)


def _build(settings: Any, network: nn.Module, data: Any, **common: Any) -> Objective:
    return CTCObjective(network, **options_of(settings), **common)


OBJECTIVE = ObjectiveKind(CTCSettings, _build, ("transcribed",), "recognise")
