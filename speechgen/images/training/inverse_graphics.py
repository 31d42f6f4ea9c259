"""Training an inverse graphics network: batches of one factor, latents clamped to match.

T. Kulkarni et al., arXiv:1503.03167, section 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from speechgen.errors import ConfigError
from speechgen.images.data.factors import FACTORS, factor_batch
from speechgen.images.training.variational import (
    VariationalObjective,
    image_sheet,
    variational_optimizer,
)
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.objectives.base import Objective, ObjectiveKind, Panels, options_of
from speechgen.variational import weighted_loss

_SWEEP = 7


@dataclass(frozen=True)
class InverseGraphicsSettings:
    """See :class:`InverseGraphicsObjective`."""

    kind: str = "inverse_graphics"
    content_share: float = 0.5
    invariance: float = 0.01
    beta: float = 1.0
    free_bits_nats: float = 0.0
    anneal_steps: int = 0
    optimizer: OptimizerSettings = field(default_factory=variational_optimizer)


class InverseGraphicsObjective(VariationalObjective):
    """Trains a network with ``clamped_evidence`` and as many ``factors`` as images are varied by.

    Parameters
    ----------
    network
        See above.
    content_share
        Part of the steps in which the pictures differ and all factors are the same.
    invariance
        Strength of the pull of the clamped latents to their mean.
    options
        Of :class:`VariationalObjective`.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        content_share: float = 0.5,
        invariance: float = 0.01,
        **options: Any,
    ) -> None:
        super().__init__(network, **options)
        if not 0.0 < content_share < 1.0 or invariance < 0:
            raise ConfigError(
                "objective: needs content_share between 0 and 1 and invariance of 0 or more, not "
                f"{content_share} and {invariance}"
            )
        if self.network.factors != len(FACTORS):
            raise ConfigError(
                f"model.arguments.factors is {self.network.factors}; images are varied by "
                f"{len(FACTORS)}: {', '.join(FACTORS)}"
            )
        self.content_share, self.invariance = content_share, invariance

    def training_step(self, batch: dict[str, Tensor], batch_index: int) -> Tensor:
        """The loss of a batch made to differ in one factor, or in content alone."""
        content = bool(torch.rand(()) < self.content_share)
        factor = None if content else int(torch.randint(len(FACTORS), ()))
        images, _ = factor_batch(batch["image"], factor)
        found = self.network.clamped_evidence(images, factor, strength=self.invariance)
        self.record(**found.values())
        return weighted_loss(found, kl_weight=self.kl_weight, free_bits_nats=self.free_bits_nats)

    def validation_values(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """The bounds, and how much of what each factor moves is moved in its own latent."""
        values = super().validation_values(batch)
        return values | {f"own_{name}": share for name, share in self.own_shares(batch).items()}

    def own_shares(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """For each factor: the part of the latents' variance over it that its own latent has."""
        shares = {}
        generator = torch.Generator().manual_seed(0)
        for index, name in enumerate(FACTORS):
            images, _ = factor_batch(batch["image"].cpu(), index, generator=generator)
            latents = self.network.latents(images.to(batch["image"].device))
            variances = latents.float().var(dim=0)
            shares[name] = variances[index] / variances.sum()
        return shares

    def panels(self, batch: dict[str, Tensor]) -> Panels:
        """The first image, a row for each factor, its latent from -2 to 2 along the row."""
        latents = self.network.latents(batch["image"][:1])
        rows = []
        for index in range(len(FACTORS)):
            swept = latents.repeat(_SWEEP, 1)
            swept[:, index] = torch.linspace(-2.0, 2.0, _SWEEP, device=latents.device)
            rows.append(self.network.decode(swept))
        return [("factors", image_sheet(torch.stack(rows))), *super().panels(batch)]


def _build(settings: Any, network: nn.Module, data: Any, **common: Any) -> Objective:
    return InverseGraphicsObjective(network, **options_of(settings), **common)


OBJECTIVE = ObjectiveKind(InverseGraphicsSettings, _build, ("images",), "generate")
