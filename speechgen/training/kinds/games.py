"""Games between a generator of images and its opponents."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from speechgen import registry
from speechgen.adversarial import GrowthSchedule
from speechgen.images.training.ali import ALIGame
from speechgen.images.training.gan import ImageGame
from speechgen.images.training.vae_gan import VAEGANGame
from speechgen.training.kinds.kind import GameSettings, Kind, options_of
from speechgen.training.objectives.base import Objective
from speechgen.training.settings import ModelSettings
from speechgen.training.source import Source


@dataclass(frozen=True)
class ImageGameSettings(GameSettings):
    """See :class:`ImageGame`; ``discriminator`` sizes the opponent."""

    kind: str = "image_game"
    clip_bound: float | None = None
    smoothing: float = 0.0
    flip: float = 0.0
    replay: int = 0
    growth: GrowthSchedule = field(default_factory=GrowthSchedule)


@dataclass(frozen=True)
class TwoWaySettings(GameSettings):
    """See :class:`TwoWayGame`; ``discriminator`` sizes the opponent."""

    smoothing: float = 0.0
    flip: float = 0.0


#: arguments that both players have, taken from the generator unless given
_SHARED = ("image_shape", "num_classes", "latent_size")


def opponent(settings: ModelSettings, network: Any) -> nn.Module:
    """The discriminator of ``settings``, told what it shares with the generator."""
    known = inspect.signature(registry.constructor(settings.name)).parameters
    shared = {name: getattr(network, name) for name in _SHARED if name in known}
    if hasattr(network, "codes"):
        codes = {"categories": network.codes.categories, "continuous": network.codes.continuous}
        shared |= {name: value for name, value in codes.items() if name in known}
    built: nn.Module = registry.build(settings.name, shared | settings.arguments)
    return built


def _builder(game: type[ImageGame]) -> Callable[..., Objective]:
    def build(settings: Any, network: Any, source: Source, **common: Any) -> Objective:
        discriminator = opponent(settings.discriminator, network)
        return game(network, discriminator, **options_of(settings), **common)

    return build


KINDS: dict[str, Kind] = {
    "image_game": Kind(ImageGameSettings, _builder(ImageGame), ("images",), "generate"),
    "vae_gan": Kind(TwoWaySettings, _builder(VAEGANGame), ("images",), "generate"),
    "ali": Kind(TwoWaySettings, _builder(ALIGame), ("images",), "generate"),
}
