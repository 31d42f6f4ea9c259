"""Objectives of autoencoders, classifiers and kin."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from speechgen import registry
from speechgen.errors import ConfigError
from speechgen.images.models.autoencoder.classifier import load_encoder
from speechgen.images.training.classification import ClassificationObjective
from speechgen.images.training.compression import CompressionObjective
from speechgen.images.training.deep_features import DeepFeatureObjective
from speechgen.images.training.inverse_graphics import InverseGraphicsObjective
from speechgen.images.training.reconstruction import ReconstructionObjective
from speechgen.training.kinds.kind import Kind
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.objectives.base import Objective
from speechgen.training.settings import ModelSettings
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


def _variational_optimizer() -> OptimizerSettings:
    return OptimizerSettings(name="adam", betas=(0.9, 0.999))


@dataclass(frozen=True)
class InverseGraphicsSettings:
    """See :class:`InverseGraphicsObjective`."""

    kind: str = "inverse_graphics"
    content_share: float = 0.5
    invariance: float = 0.01
    beta: float = 1.0
    free_bits_nats: float = 0.0
    anneal_steps: int = 0
    optimizer: OptimizerSettings = field(default_factory=_variational_optimizer)


@dataclass(frozen=True)
class DeepFeatureSettings:
    """See :class:`DeepFeatureObjective`.

    The frozen network is the trained one in ``features_from``, a model directory or run folder; for
    null it is ``features`` as it is first drawn, always the same.
    """

    kind: str = "deep_feature"
    features_from: str | None = None
    features: ModelSettings = field(default_factory=lambda: ModelSettings("classifier"))
    feature_weight: float = 1000.0
    pixel_weight: float = 0.0
    beta: float = 1.0
    free_bits_nats: float = 0.0
    anneal_steps: int = 0
    optimizer: OptimizerSettings = field(default_factory=_variational_optimizer)


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


def _rate_options(settings: Any) -> dict[str, Any]:
    names = ("beta", "free_bits_nats", "anneal_steps")
    return {name: getattr(settings, name) for name in names}


def _inverse_graphics(
    settings: Any, network: nn.Module, source: Source, **common: Any
) -> Objective:
    return InverseGraphicsObjective(
        network,
        content_share=settings.content_share,
        invariance=settings.invariance,
        **_rate_options(settings),
        **common,
    )


def _deep_feature(settings: Any, network: Any, source: Source, **common: Any) -> Objective:
    if settings.features_from is not None:
        from speechgen.store import load_model, locate

        features = load_model(locate(settings.features_from)).model
    else:
        arguments = {"image_shape": list(network.image_shape)} | settings.features.arguments
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            features = registry.build(settings.features.name, arguments)
    shape = getattr(features, "image_shape", None)
    if not hasattr(features, "feature_maps") or tuple(shape or ()) != tuple(network.image_shape):
        raise ConfigError(
            f"objective.features: needs a classifier of images {list(network.image_shape)}, "
            f"not {type(features).__name__} of {shape}"
        )
    return DeepFeatureObjective(
        network,
        features,
        feature_weight=settings.feature_weight,
        pixel_weight=settings.pixel_weight,
        **_rate_options(settings),
        **common,
    )


KINDS: dict[str, Kind] = {
    "reconstruction": Kind(ReconstructionSettings, _reconstruction, ("images",), "generate"),
    "classification": Kind(ClassificationSettings, _classification, ("images",), "classify"),
    "inverse_graphics": Kind(InverseGraphicsSettings, _inverse_graphics, ("images",), "generate"),
    "deep_feature": Kind(DeepFeatureSettings, _deep_feature, ("images",), "generate"),
    "compression": Kind(CompressionSettings, _compression, ("images",), "generate"),
}
