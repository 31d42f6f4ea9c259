"""Games from image to image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import nn

from speechgen.errors import ConfigError
from speechgen.images.training.cycle_gan import CycleObjective
from speechgen.images.training.inpainting import CompletionObjective
from speechgen.images.training.super_resolution import SuperResolutionObjective
from speechgen.images.training.translation import TranslationObjective
from speechgen.training.kinds.kind import GameSettings, Kind, opponent_of, options_of
from speechgen.training.objectives.base import Objective


@dataclass(frozen=True)
class TranslationSettings(GameSettings):
    """See :class:`TranslationObjective`; ``discriminator`` sizes the opponent."""

    kind: str = "translation"


@dataclass(frozen=True)
class CycleSettings(GameSettings):
    """See :class:`CycleObjective`; ``discriminator`` sizes both opponents."""

    kind: str = "cycle"
    game: str = "least_squares"
    replay: int = 50


@dataclass(frozen=True)
class SuperResolutionSettings(GameSettings):
    """See :class:`SuperResolutionObjective`; ``features`` is a trained classifier's directory."""

    kind: str = "super_resolution"
    features: str | None = None


@dataclass(frozen=True)
class CompletionSettings(GameSettings):
    """See :class:`CompletionObjective`; ``discriminator`` sizes the opponent."""

    kind: str = "completion"
    smallest_hole: float = 0.25
    largest_hole: float = 0.5


def _translation(settings: Any, network: Any, source: Any, **common: Any) -> Objective:
    opponent = _opponent(settings, network, condition_channels=network.source_channels)
    return TranslationObjective(network, opponent, **options_of(settings), **common)


def _cycle(settings: Any, network: Any, source: Any, **common: Any) -> Objective:
    opponents = nn.ModuleList(_opponent(settings, network) for _ in range(2))
    return CycleObjective(network, opponents, **options_of(settings), **common)


def _super_resolution(settings: Any, network: Any, source: Any, **common: Any) -> Objective:
    features = None if settings.features is None else _features(settings.features, network)
    options = options_of(settings, "features")
    return SuperResolutionObjective(
        network, _opponent(settings, network), features=features, **options, **common
    )


def _completion(settings: Any, network: Any, source: Any, **common: Any) -> Objective:
    return CompletionObjective(
        network, _opponent(settings, network), **options_of(settings), **common
    )


def _opponent(settings: Any, network: Any, **known: Any) -> nn.Module:
    """The discriminator, for images of the network's shape."""
    return opponent_of(settings, image_shape=list(network.image_shape), **known)


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
