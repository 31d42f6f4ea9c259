"""Objectives of autoregressive networks of images."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from torch import nn

from speechgen.images.training.pixel_likelihood import PixelObjective
from speechgen.training.datasets import Source
from speechgen.training.kinds.kind import Kind
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.objectives.base import Objective


@dataclass(frozen=True)
class PixelSettings:
    """See :class:`PixelObjective`."""

    kind: str = "pixels"
    draw: bool = True
    optimizer: OptimizerSettings = field(default_factory=OptimizerSettings)


def _pixels(settings: Any, network: nn.Module, source: Source, **common: Any) -> Objective:
    return PixelObjective(network, draw=settings.draw, **common)


KINDS: dict[str, Kind] = {"pixels": Kind(PixelSettings, _pixels, ("images",), "generate")}
