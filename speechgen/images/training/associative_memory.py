"""Training an associative memory: every batch is stored, nothing is differentiated."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

from speechgen.training.loop import processes
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.objectives.base import Objective, ObjectiveKind, Panels


@dataclass(frozen=True)
class AssociativeMemorySettings:
    """See :class:`AssociativeMemoryObjective`; the optimiser is not used."""

    kind: str = "associative_memory"
    optimizer: OptimizerSettings = field(default_factory=OptimizerSettings)


class AssociativeMemoryObjective(Objective):
    """An associative memory, which every batch is shown once.

    Batches hold "image" and "label" (batch,). The network has ``observe(images, labels)``,
    ``reconstruct`` and ``energy(states)``. Its averages are its own business: set
    ``trainer.ema_decay=0``.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        optimizer: OptimizerSettings,
        gradient_clip_norm: float | None = None,
    ) -> None:
        super().__init__(network, optimizer=optimizer, gradient_clip_norm=gradient_clip_norm)
        self.automatic_optimization = False

    def configure_optimizers(self) -> None:
        """None: there is nothing to descend."""

    def training_step(self, batch: dict[str, Tensor], batch_index: int) -> None:
        """Take one batch in, that of all processes."""
        self.network.observe(processes.joined(batch["image"]), processes.joined(batch["label"]))
        patterns = self.network.patterns
        count = patterns.new_tensor(len(patterns))
        self.record(energy=self.network.energy(patterns).mean(), patterns=count)

    def validation_values(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Part of the units that recall leaves as in the picture, and the energy it ends in."""
        given = self.network.states(batch["image"])
        recalled = self.network.recall(given)
        agreement = (given == recalled).float().mean()
        return {"agreement": agreement, "energy": self.network.energy(recalled).mean()}

    def panels(self, batch: dict[str, Tensor]) -> Panels:
        """The first image, and what it recalls."""
        images = batch["image"][:1]
        return [("image", images[0]), ("recalled", self.network.reconstruct(images)[0])]


def _build(settings: Any, network: nn.Module, data: Any, **common: Any) -> Objective:
    return AssociativeMemoryObjective(network, **common)


OBJECTIVE = ObjectiveKind(AssociativeMemorySettings, _build, ("images",), "generate")
