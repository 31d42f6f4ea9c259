"""Games between a generator of images and its opponents."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from speechgen import registry
from speechgen.adversarial import GameSchedule, GrowthSchedule
from speechgen.training.ali import ALIGame
from speechgen.training.image_game import ImageGame
from speechgen.training.kinds.kind import Kind
from speechgen.training.objective import Objective
from speechgen.training.optimisation import OptimizerSettings
from speechgen.training.settings import ModelSettings
from speechgen.training.source import Source
from speechgen.training.vae_gan import VAEGANGame


def _adam() -> OptimizerSettings:
    """The settings of arXiv:1511.06434, section 4."""
    return OptimizerSettings(
        name="adam", learning_rate=2e-4, schedule="constant", betas=(0.5, 0.999)
    )


@dataclass(frozen=True)
class ImageGameSettings:
    """See :class:`ImageGame`; ``discriminator`` sizes the opponent."""

    discriminator: ModelSettings
    kind: str = "image_game"
    game: str = "non_saturating"
    weights: dict[str, float] = field(default_factory=dict)
    schedule: GameSchedule = field(default_factory=GameSchedule)
    discriminator_rate: float = 1.0
    clip_bound: float | None = None
    smoothing: float = 0.0
    flip: float = 0.0
    replay: int = 0
    growth: GrowthSchedule = field(default_factory=GrowthSchedule)
    optimizer: OptimizerSettings = field(default_factory=_adam)


@dataclass(frozen=True)
class TwoWaySettings:
    """See :class:`TwoWayGame`; ``discriminator`` sizes the opponent."""

    discriminator: ModelSettings
    kind: str
    game: str = "non_saturating"
    weights: dict[str, float] = field(default_factory=dict)
    schedule: GameSchedule = field(default_factory=GameSchedule)
    discriminator_rate: float = 1.0
    smoothing: float = 0.0
    flip: float = 0.0
    optimizer: OptimizerSettings = field(default_factory=_adam)


_NOT_FOR_THE_GAME = ("discriminator", "kind", "optimizer")
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
        return game(network, discriminator, **_options(settings, common))

    return build


def _options(settings: Any, common: dict[str, Any]) -> dict[str, Any]:
    names = [item.name for item in dataclasses.fields(settings)]
    chosen = {name: getattr(settings, name) for name in names if name not in _NOT_FOR_THE_GAME}
    return chosen | common


KINDS: dict[str, Kind] = {
    "image_game": Kind(ImageGameSettings, _builder(ImageGame), ("images",), "generate"),
    "vae_gan": Kind(TwoWaySettings, _builder(VAEGANGame), ("images",), "generate"),
    "ali": Kind(TwoWaySettings, _builder(ALIGame), ("images",), "generate"),
}
