"""Objectives of latent-variable models of waveforms."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from speechgen.errors import ConfigError
from speechgen.training.datasets import Source
from speechgen.training.kinds.kind import GameSettings, Kind, opponent_of, options_of
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.objectives.base import Objective
from speechgen.training.objectives.latent_audio import LatentAudioObjective
from speechgen.training.objectives.latent_audio_gan import LatentAudioGame


@dataclass(frozen=True)
class LatentAudioSettings:
    """See :class:`LatentAudioObjective`."""

    kind: str = "latent_audio"
    weights: dict[str, float] = field(default_factory=dict)
    free_bits_per_second: float = 0.0
    windows: tuple[int, ...] = (64, 128, 256, 512, 1024)
    optimizer: OptimizerSettings = field(default_factory=OptimizerSettings)

    def __post_init__(self) -> None:
        check_windows(self.windows)
        if self.free_bits_per_second < 0.0:
            raise ConfigError(
                f"objective.free_bits_per_second: cannot be {self.free_bits_per_second}; give 0 or "
                "more"
            )


@dataclass(frozen=True)
class LatentAudioGameSettings(GameSettings):
    """See :class:`LatentAudioGame`; ``discriminator`` sizes the opponent."""

    kind: str = "latent_audio_game"
    game: str = "hinge"
    frozen_encoder: bool = True
    windows: tuple[int, ...] = (64, 128, 256, 512, 1024)
    optimizer: OptimizerSettings = field(default_factory=OptimizerSettings)

    def __post_init__(self) -> None:
        check_windows(self.windows)


def check_windows(windows: tuple[int, ...]) -> None:
    """Refuse window lengths that have no hop of a quarter."""
    if not windows or any(window < 16 or window % 4 for window in windows):
        raise ConfigError(
            f"objective.windows: needs multiples of 4 from 16, in samples, not {list(windows)}"
        )


def _first_phase(settings: Any, network: Any, source: Source, **common: Any) -> Objective:
    return LatentAudioObjective(network, **options_of(settings), **common)


def _second_phase(settings: Any, network: Any, source: Source, **common: Any) -> Objective:
    opponent = opponent_of(settings, input_level=network.level)
    return LatentAudioGame(network, opponent, **options_of(settings), **common)


KINDS: dict[str, Kind] = {
    "latent_audio": Kind(LatentAudioSettings, _first_phase, ("conditioned",), "generate"),
    "latent_audio_game": Kind(LatentAudioGameSettings, _second_phase, ("conditioned",), "generate"),
}
