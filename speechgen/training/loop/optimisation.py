"""Optimisers, and the learning rate as a pure function of progress: nothing to save."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch

from speechgen.errors import ConfigError


@dataclass(frozen=True)
class OptimizerSettings:
    """Kind of optimiser and course of its learning rate.

    ``warmup_steps`` rise linearly; afterwards ``schedule`` ("constant", "cosine", "exponential")
    leads to ``final_ratio`` times ``learning_rate`` at the end of the run.
    """

    name: str = "adamw"
    learning_rate: float = 1e-3
    warmup_steps: int = 0
    schedule: str = "cosine"
    final_ratio: float = 0.01
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.99)

    def __post_init__(self) -> None:
        if self.name not in ("adamw", "adam", "rmsprop"):
            raise ConfigError(f"optimizer.name: needs adamw, adam or rmsprop, not {self.name!r}")
        if self.schedule not in ("constant", "cosine", "exponential"):
            raise ConfigError(
                f"optimizer.schedule: needs constant, cosine or exponential, not {self.schedule!r}"
            )
        if self.learning_rate <= 0 or not 0 < self.final_ratio <= 1 or self.warmup_steps < 0:
            raise ConfigError(
                "optimizer: needs learning_rate > 0, final_ratio in (0, 1] and warmup_steps >= 0"
            )


def build_optimizer(
    settings: OptimizerSettings, parameters: Iterable[torch.nn.Parameter]
) -> torch.optim.Optimizer:
    """The optimiser of ``settings`` over ``parameters``; Adam in one pass over memory."""
    parameters = [parameter for parameter in parameters if parameter.requires_grad]
    rate, decay = settings.learning_rate, settings.weight_decay
    if settings.name == "rmsprop":
        return torch.optim.RMSprop(parameters, lr=rate, weight_decay=decay)
    kind = torch.optim.AdamW if settings.name == "adamw" else torch.optim.Adam
    return kind(parameters, lr=rate, betas=settings.betas, weight_decay=decay, fused=True)


def learning_rate_factor(settings: OptimizerSettings, step: int, progress: float) -> float:
    """What the base rate is multiplied with before update ``step`` (0-based).

    Parameters
    ----------
    progress
        Part of the run that is done, 0 to 1.
    """
    warmup = min(1.0, (step + 1) / (settings.warmup_steps + 1))
    progress = min(max(progress, 0.0), 1.0)
    if settings.schedule == "constant":
        return warmup
    if settings.schedule == "exponential":
        return warmup * settings.final_ratio**progress
    cosine = 0.5 * (1.0 + math.cos(math.pi * progress))
    return warmup * (settings.final_ratio + (1.0 - settings.final_ratio) * cosine)
