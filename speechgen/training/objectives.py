"""From the ``objective`` group of a configuration to a Lightning module."""

from __future__ import annotations

from typing import Any

from torch import nn

from speechgen.errors import ConfigError
from speechgen.training.datasets import Source
from speechgen.training.kinds import KINDS
from speechgen.training.objectives.base import Objective
from speechgen.training.settings import from_mapping


def objective_settings(values: dict[str, Any], data_kind: str) -> Any:
    """The checked settings dataclass of an ``objective`` mapping that goes with ``data_kind``."""
    kind = values.get("kind")
    if kind not in KINDS:
        raise ConfigError(f"objective.kind: needs one of {', '.join(KINDS)}, not {kind!r}")
    if data_kind not in KINDS[kind].data:
        raise ConfigError(
            f"objective {kind} needs data of kind {' or '.join(KINDS[kind].data)}, not {data_kind}"
        )
    return from_mapping(KINDS[kind].settings, values, "objective")


def build_objective(
    settings: Any, network: nn.Module, source: Source, gradient_clip_norm: float | None
) -> Objective:
    """The Lightning module that ``settings`` (of :func:`objective_settings`) describe."""
    return KINDS[settings.kind].build(
        settings,
        network,
        source,
        optimizer=settings.optimizer,
        gradient_clip_norm=gradient_clip_norm,
    )
