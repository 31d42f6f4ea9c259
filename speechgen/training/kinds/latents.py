"""Objectives of latent-variable models of images."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from torch import nn

from speechgen.images.training.variational import VariationalObjective
from speechgen.training.kinds.kind import Kind
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.objectives.base import Objective
from speechgen.training.source import Source


@dataclass(frozen=True)
class VariationalSettings:
    """See :class:`VariationalObjective`."""

    kind: str = "variational"
    bound: str = "elbo"
    num_samples: int = 1
    beta: float = 1.0
    free_bits_nats: float = 0.0
    anneal_steps: int = 0
    optimizer: OptimizerSettings = field(
        default_factory=lambda: OptimizerSettings(name="adam", betas=(0.9, 0.999))
    )


def _variational(settings: Any, network: nn.Module, source: Source, **common: Any) -> Objective:
    return VariationalObjective(
        network,
        bound=settings.bound,
        num_samples=settings.num_samples,
        beta=settings.beta,
        free_bits_nats=settings.free_bits_nats,
        anneal_steps=settings.anneal_steps,
        **common,
    )


KINDS: dict[str, Kind] = {
    "variational": Kind(VariationalSettings, _variational, ("images",), "generate")
}
