"""Games from image to image."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from torch import nn

from speechgen import registry
from speechgen.adversarial import GameSchedule
from speechgen.errors import ConfigError
from speechgen.training.completion import CompletionObjective
from speechgen.training.cycle import CycleObjective
from speechgen.training.kinds.kind import Kind
from speechgen.training.objective import Objective
from speechgen.training.optimisation import OptimizerSettings
from speechgen.training.settings import ModelSettings
from speechgen.training.super_resolution import SuperResolutionObjective
from speechgen.training.translation import TranslationObjective


def _adam() -> OptimizerSettings:
    return OptimizerSettings(
        name="adam", learning_rate=2e-4, schedule="constant", betas=(0.5, 0.999)
    )


@dataclass(frozen=True)
class TranslationSettings:
    """See :class:`TranslationObjective`; ``discriminator`` sizes the opponent."""

    discriminator: ModelSettings
    kind: str = "translation"
    game: str = "non_saturating"
    weights: dict[str, float] = field(default_factory=dict)
    schedule: GameSchedule = field(default_factory=GameSchedule)
    discriminator_rate: float = 1.0
    optimizer: OptimizerSettings = field(default_factory=_adam)


@dataclass(frozen=True)
class CycleSettings:
    """See :class:`CycleObjective`; ``discriminator`` sizes both opponents."""

    discriminator: ModelSettings
    kind: str = "cycle"
    game: str = "least_squares"
    weights: dict[str, float] = field(default_factory=dict)
    replay: int = 50
    schedule: GameSchedule = field(default_factory=GameSchedule)
    discriminator_rate: float = 1.0
    optimizer: OptimizerSettings = field(default_factory=_adam)


@dataclass(frozen=True)
class SuperResolutionSettings:
    """See :class:`SuperResolutionObjective`; ``features`` is a trained classifier's directory."""

    discriminator: ModelSettings
    kind: str = "super_resolution"
    game: str = "non_saturating"
    weights: dict[str, float] = field(default_factory=dict)
    features: str | None = None
    schedule: GameSchedule = field(default_factory=GameSchedule)
    discriminator_rate: float = 1.0
    optimizer: OptimizerSettings = field(default_factory=_adam)


@dataclass(frozen=True)
class CompletionSettings:
    """See :class:`CompletionObjective`; ``discriminator`` sizes the opponent."""

    discriminator: ModelSettings
    kind: str = "completion"
    game: str = "non_saturating"
    weights: dict[str, float] = field(default_factory=dict)
    smallest_hole: float = 0.25
    largest_hole: float = 0.5
    schedule: GameSchedule = field(default_factory=GameSchedule)
    discriminator_rate: float = 1.0
    optimizer: OptimizerSettings = field(default_factory=_adam)


def _translation(settings: Any, network: nn.Module, source: Any, **common: Any) -> Objective:
    conditions = {"condition_channels": network.source_channels}
    return TranslationObjective(
        network, _opponent(settings, network, **conditions), **_game(settings), **common
    )


def _cycle(settings: Any, network: nn.Module, source: Any, **common: Any) -> Objective:
    opponents = nn.ModuleList(_opponent(settings, network) for _ in range(2))
    return CycleObjective(network, opponents, replay=settings.replay, **_game(settings), **common)


def _super_resolution(settings: Any, network: nn.Module, source: Any, **common: Any) -> Objective:
    features = None if settings.features is None else _features(settings.features, network)
    return SuperResolutionObjective(
        network, _opponent(settings, network), features=features, **_game(settings), **common
    )


def _completion(settings: Any, network: nn.Module, source: Any, **common: Any) -> Objective:
    return CompletionObjective(
        network,
        _opponent(settings, network),
        smallest_hole=settings.smallest_hole,
        largest_hole=settings.largest_hole,
        **_game(settings),
        **common,
    )


def _opponent(settings: Any, network: nn.Module, **known: Any) -> nn.Module:
    """The discriminator, for images of the network's shape."""
    known = {"image_shape": list(network.image_shape), **known}
    given = settings.discriminator.arguments
    for name, value in known.items():
        if name in given and given[name] != value:
            raise ConfigError(
                f"objective.discriminator.arguments.{name} is {given[name]}, the model has "
                f"{value}; leave it out"
            )
    opponent: nn.Module = registry.build(settings.discriminator.name, given | known)
    return opponent


def _game(settings: Any) -> dict[str, Any]:
    names = ("game", "weights", "schedule", "discriminator_rate")
    return {name: getattr(settings, name) for name in names}


def _features(reference: str, network: nn.Module) -> nn.Module:
    """The classifier in the model directory ``reference``, for images of the network's shape."""
    from speechgen.store import load_model, locate

    classifier = load_model(locate(reference)).model
    shape = getattr(classifier, "image_shape", None)
    if not hasattr(classifier, "feature_maps") or shape != network.image_shape:
        raise ConfigError(
            f"objective.features: {reference} has no feature maps of images {network.image_shape}; "
            "give a classifier trained on images of that shape"
        )
    return classifier


KINDS: dict[str, Kind] = {
    "translation": Kind(TranslationSettings, _translation, ("image_pairs",), "generate"),
    "cycle": Kind(CycleSettings, _cycle, ("image_domains",), "generate"),
    "super_resolution": Kind(SuperResolutionSettings, _super_resolution, ("images",), "generate"),
    "completion": Kind(CompletionSettings, _completion, ("images",), "generate"),
}
