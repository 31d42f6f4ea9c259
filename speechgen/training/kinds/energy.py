"""Objectives of energy models."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from torch import nn

from speechgen.images.training.energy import EnergyObjective, MemoryObjective
from speechgen.training.kinds.kind import Kind
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.objectives.base import Objective


@dataclass(frozen=True)
class EnergySettings:
    """See :class:`EnergyObjective`."""

    kind: str = "energy"
    sweeps: int = 1
    persistent: bool = True
    chains: int = 64
    layer_steps: int = 0
    optimizer: OptimizerSettings = field(
        default_factory=lambda: OptimizerSettings(name="adam", learning_rate=1e-3)
    )


@dataclass(frozen=True)
class MemorySettings:
    """See :class:`MemoryObjective`; there is nothing to set, and the optimiser has no use."""

    kind: str = "memory"
    optimizer: OptimizerSettings = field(default_factory=OptimizerSettings)


def _energy(settings: Any, network: nn.Module, source: Any, **common: Any) -> Objective:
    return EnergyObjective(
        network,
        sweeps=settings.sweeps,
        persistent=settings.persistent,
        chains=settings.chains,
        layer_steps=settings.layer_steps,
        **common,
    )


def _memory(settings: Any, network: nn.Module, source: Any, **common: Any) -> Objective:
    return MemoryObjective(network, **common)


KINDS: dict[str, Kind] = {
    "energy": Kind(EnergySettings, _energy, ("images",), "generate"),
    "memory": Kind(MemorySettings, _memory, ("images",), "generate"),
}
