"""Objectives of waveforms: synthesis, enhancement, voices."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from torch import nn

from speechgen import registry
from speechgen.adversarial import GameSchedule
from speechgen.errors import ConfigError
from speechgen.training.adversarial import AdversarialObjective
from speechgen.training.kinds.kind import Kind
from speechgen.training.likelihood import LikelihoodObjective
from speechgen.training.metric_game import MetricObjective
from speechgen.training.objective import Objective
from speechgen.training.optimisation import OptimizerSettings
from speechgen.training.settings import ModelSettings
from speechgen.training.sources import Source
from speechgen.training.speaker import SpeakerObjective
from speechgen.training.vocoder import VocoderObjective


@dataclass(frozen=True)
class LikelihoodSettings:
    """See :class:`LikelihoodObjective`."""

    kind: str = "likelihood"
    optimizer: OptimizerSettings = field(default_factory=OptimizerSettings)


@dataclass(frozen=True)
class AdversarialSettings:
    """See :class:`AdversarialObjective`; ``discriminator`` sizes the opponent."""

    discriminator: ModelSettings
    kind: str = "adversarial"
    game: str = "least_squares"
    weights: dict[str, float] = field(default_factory=dict)
    schedule: GameSchedule = field(default_factory=GameSchedule)
    optimizer: OptimizerSettings = field(
        default_factory=lambda: OptimizerSettings(
            name="rmsprop", learning_rate=2e-4, schedule="constant"
        )
    )


@dataclass(frozen=True)
class MetricSettings:
    """See :class:`MetricObjective`; ``discriminator`` sizes the opponent."""

    discriminator: ModelSettings
    kind: str = "metric"
    weights: dict[str, float] = field(default_factory=dict)
    schedule: GameSchedule = field(default_factory=GameSchedule)
    discriminator_rate: float = 1.0
    scored_examples: int = 4
    optimizer: OptimizerSettings = field(default_factory=OptimizerSettings)


@dataclass(frozen=True)
class VocoderSettings:
    """See :class:`VocoderObjective`; ``discriminator`` sizes the opponent."""

    discriminator: ModelSettings
    kind: str = "vocoder"
    game: str = "least_squares"
    weights: dict[str, float] = field(default_factory=dict)
    schedule: GameSchedule = field(default_factory=GameSchedule)
    discriminator_rate: float = 0.5
    optimizer: OptimizerSettings = field(
        default_factory=lambda: OptimizerSettings(
            name="adam", learning_rate=1e-4, schedule="exponential"
        )
    )


@dataclass(frozen=True)
class SpeakerSettings:
    """See :class:`SpeakerObjective`."""

    kind: str = "speaker"
    loss: str = "additive_margin"
    margin: float = 0.2
    scale: float = 24.0
    margin_steps: int = 200
    optimizer: OptimizerSettings = field(default_factory=OptimizerSettings)


def _likelihood(settings: Any, network: nn.Module, source: Source, **common: Any) -> Objective:
    return LikelihoodObjective(network, **common)


def _adversarial(settings: Any, network: nn.Module, source: Source, **common: Any) -> Objective:
    arguments = {"window_samples": network.window_samples} | settings.discriminator.arguments
    if arguments["window_samples"] != network.window_samples:
        raise ConfigError(
            f"objective.discriminator judges {arguments['window_samples']} samples, the model's "
            f"windows have {network.window_samples}; give both the same window_samples"
        )
    return AdversarialObjective(
        network,
        registry.build(settings.discriminator.name, arguments),
        game=settings.game,
        weights=settings.weights,
        schedule=settings.schedule,
        **common,
    )


def _metric(settings: Any, network: nn.Module, source: Source, **common: Any) -> Objective:
    arguments = {"sample_rate": network.sample_rate} | settings.discriminator.arguments
    return MetricObjective(
        network,
        registry.build(settings.discriminator.name, arguments),
        weights=settings.weights,
        schedule=settings.schedule,
        discriminator_rate=settings.discriminator_rate,
        scored_examples=settings.scored_examples,
        **common,
    )


def _vocoder(settings: Any, network: nn.Module, source: Source, **common: Any) -> Objective:
    arguments = {"input_level": network.output_level} | settings.discriminator.arguments
    return VocoderObjective(
        network,
        registry.build(settings.discriminator.name, arguments),
        game=settings.game,
        weights=settings.weights,
        schedule=settings.schedule,
        discriminator_rate=settings.discriminator_rate,
        **common,
    )


def _speaker(settings: Any, network: nn.Module, source: Source, **common: Any) -> Objective:
    return SpeakerObjective(
        network,
        num_speakers=len(source.speakers),
        loss=settings.loss,
        margin=settings.margin,
        scale=settings.scale,
        margin_steps=settings.margin_steps,
        **common,
    )


KINDS = {
    "likelihood": Kind(LikelihoodSettings, _likelihood, ("conditioned",), "synthesize"),
    "adversarial": Kind(AdversarialSettings, _adversarial, ("mixture", "paired"), "enhance"),
    "metric": Kind(MetricSettings, _metric, ("mixture", "paired"), "enhance"),
    "vocoder": Kind(VocoderSettings, _vocoder, ("conditioned",), "synthesize"),
    "speaker": Kind(SpeakerSettings, _speaker, ("speakers",), "embed"),
}
