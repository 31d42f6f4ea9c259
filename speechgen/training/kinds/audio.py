"""Objectives of waveforms: synthesis, enhancement, voices."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from torch import nn

from speechgen.adversarial import GameSchedule
from speechgen.training.datasets import Source
from speechgen.training.kinds.kind import GameSettings, Kind, opponent_of, options_of
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.objectives.base import Objective
from speechgen.training.objectives.likelihood import LikelihoodObjective
from speechgen.training.objectives.metricgan import MetricObjective
from speechgen.training.objectives.segan import AdversarialObjective
from speechgen.training.objectives.speaker import SpeakerObjective
from speechgen.training.objectives.vocoder import VocoderObjective
from speechgen.training.settings import ModelSettings


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
class VocoderSettings(GameSettings):
    """See :class:`VocoderObjective`; ``discriminator`` sizes the opponent."""

    kind: str = "vocoder"
    game: str = "least_squares"
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


def _adversarial(settings: Any, network: Any, source: Source, **common: Any) -> Objective:
    opponent = opponent_of(settings, window_samples=network.window_samples)
    return AdversarialObjective(network, opponent, **options_of(settings), **common)


def _metric(settings: Any, network: Any, source: Source, **common: Any) -> Objective:
    opponent = opponent_of(settings, sample_rate=network.sample_rate)
    return MetricObjective(network, opponent, **options_of(settings), **common)


def _vocoder(settings: Any, network: Any, source: Source, **common: Any) -> Objective:
    opponent = opponent_of(settings, input_level=network.output_level)
    return VocoderObjective(network, opponent, **options_of(settings), **common)


def _speaker(settings: Any, network: Any, source: Source, **common: Any) -> Objective:
    speakers = len(source.speakers)
    return SpeakerObjective(network, num_speakers=speakers, **options_of(settings), **common)


KINDS = {
    "likelihood": Kind(LikelihoodSettings, _likelihood, ("conditioned",), "synthesize"),
    "adversarial": Kind(AdversarialSettings, _adversarial, ("mixture", "paired"), "enhance"),
    "metric": Kind(MetricSettings, _metric, ("mixture", "paired"), "enhance"),
    "vocoder": Kind(VocoderSettings, _vocoder, ("conditioned",), "synthesize"),
    "speaker": Kind(SpeakerSettings, _speaker, ("speakers",), "embed"),
}
