"""Objectives of autoencoders, classifiers and kin."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from torch import nn

from speechgen.errors import ConfigError
from speechgen.models.classifier import load_encoder
from speechgen.training.classification import ClassificationObjective
from speechgen.training.compression import CompressionObjective
from speechgen.training.kinds.kind import Kind
from speechgen.training.objective import Objective
from speechgen.training.optimisation import OptimizerSettings
from speechgen.training.reconstruction import ReconstructionObjective
from speechgen.training.source import Source


@dataclass(frozen=True)
class ReconstructionSettings:
    """See :class:`ReconstructionObjective`."""

    kind: str = "reconstruction"
    weights: dict[str, float] = field(default_factory=dict)
    corruption: str = "none"
    corruption_level: float = 0.0
    layer_steps: int = 0
    optimizer: OptimizerSettings = field(default_factory=OptimizerSettings)


@dataclass(frozen=True)
class ClassificationSettings:
    """See :class:`ClassificationObjective`.

    ``encoder_from`` is a model directory or run folder of an autoencoder whose encoder the
    classifier begins with; ``freeze`` leaves that encoder as it is.
    """

    kind: str = "classification"
    encoder_from: str | None = None
    freeze: bool = False
    optimizer: OptimizerSettings = field(default_factory=OptimizerSettings)


@dataclass(frozen=True)
class CompressionSettings:
    """See :class:`CompressionObjective`."""

    kind: str = "compression"
    distortion_weight: float = 50.0
    optimizer: OptimizerSettings = field(default_factory=OptimizerSettings)


def _reconstruction(settings: Any, network: nn.Module, source: Source, **common: Any) -> Objective:
    return ReconstructionObjective(
        network,
        weights=settings.weights,
        corruption=settings.corruption,
        corruption_level=settings.corruption_level,
        layer_steps=settings.layer_steps,
        **common,
    )


def _classification(settings: Any, network: nn.Module, source: Source, **common: Any) -> Objective:
    if settings.encoder_from is not None:
        from speechgen.store import load_model, locate

        load_encoder(network, load_model(locate(settings.encoder_from)).model)
    elif settings.freeze:
        raise ConfigError("objective.freeze: needs objective.encoder_from, an encoder that learnt")
    return ClassificationObjective(network, freeze=settings.freeze, **common)


def _compression(settings: Any, network: nn.Module, source: Source, **common: Any) -> Objective:
    return CompressionObjective(network, distortion_weight=settings.distortion_weight, **common)


KINDS: dict[str, Kind] = {
    "reconstruction": Kind(ReconstructionSettings, _reconstruction, ("images",), "generate"),
    "classification": Kind(ClassificationSettings, _classification, ("images",), "classify"),
    "compression": Kind(CompressionSettings, _compression, ("images",), "generate"),
}
