"""What belongs to one kind of objective, and what the settings of all games have in common."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from speechgen import registry
from speechgen.adversarial import GameSchedule
from speechgen.errors import ConfigError
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.objectives.base import Objective
from speechgen.training.settings import ModelSettings

_NOT_OF_THE_OBJECTIVE = ("kind", "discriminator", "optimizer")


@dataclass(frozen=True)
class Kind:
    """What belongs to one objective: its settings, its builder, its data, the task it serves."""

    settings: type
    build: Callable[..., Objective]
    data: tuple[str, ...]
    task: str


def adam_of_dcgan() -> OptimizerSettings:
    """Adam as arXiv:1511.06434, section 4, has it."""
    return OptimizerSettings(
        name="adam", learning_rate=2e-4, schedule="constant", betas=(0.5, 0.999)
    )


@dataclass(frozen=True)
class GameSettings:
    """See :class:`speechgen.training.objectives.gan.Game`; ``discriminator`` sizes the opponent."""

    discriminator: ModelSettings
    kind: str = ""
    game: str = "non_saturating"
    weights: dict[str, float] = field(default_factory=dict)
    schedule: GameSchedule = field(default_factory=GameSchedule)
    discriminator_rate: float = 1.0
    optimizer: OptimizerSettings = field(default_factory=adam_of_dcgan)


def options_of(settings: Any, *but: str) -> dict[str, Any]:
    """Settings as keyword arguments of their objective, which has parameters of the same names."""
    names = [item.name for item in dataclasses.fields(settings)]
    left_out = (*_NOT_OF_THE_OBJECTIVE, *but)
    return {name: getattr(settings, name) for name in names if name not in left_out}


def opponent_of(settings: Any, **known: Any) -> nn.Module:
    """The discriminator of ``settings``, told what is ``known`` from the network.

    Raises
    ------
    ConfigError
        The configuration says something else.
    """
    given = settings.discriminator.arguments
    for name, value in known.items():
        if name in given and given[name] != value:
            raise ConfigError(
                f"objective.discriminator.arguments.{name} is {given[name]}, the model has "
                f"{value}; leave it out"
            )
    opponent: nn.Module = registry.build(settings.discriminator.name, known | given)
    return opponent
