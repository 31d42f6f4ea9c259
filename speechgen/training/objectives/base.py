"""What all objectives share: network, optimiser settings, step counter, logged values."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import lightning.pytorch as lightning
import torch
from torch import Tensor, nn

from speechgen.errors import ConfigError, SpeechgenError
from speechgen.training.loop.optimisation import OptimizerSettings, learning_rate_factor
from speechgen.training.loop.shares import clip_gradients

Panels = list[tuple[str, Tensor]]
_NOT_OF_THE_MODULE = ("kind", "discriminator", "optimizer")


class Objective(lightning.LightningModule):
    """Base of the Lightning modules: ``network`` is what a run leaves behind, the rest helps.

    ``steps_done`` counts finished training steps (of a batch each, or :meth:`batches_before` says
    otherwise) and ``seconds_done`` the wall time they
    took, over all resumes. They travel in the checkpoint; Lightning's own counters, which count
    optimiser steps and differ between manual and automatic optimisation, are not used.

    Subclasses write ``training_step`` and :meth:`validation_values`, and may write :meth:`panels`.
    """

    #: whether bfloat16 on a CPU that has it makes a step faster without harm
    likes_bf16_on_cpu = False
    network: Any

    def __init__(
        self,
        network: nn.Module,
        *,
        optimizer: OptimizerSettings,
        gradient_clip_norm: float | None = None,
    ) -> None:
        super().__init__()
        self.network = network
        self.optimizer_settings = optimizer
        self.gradient_clip_norm = gradient_clip_norm
        self.steps_done = 0
        self.seconds_done = 0.0
        self.values: dict[str, Tensor] = {}
        self.share_of_step = 1.0  # that a batch is

    def record(self, **values: Tensor) -> None:
        """Keep this step's unweighted values for the metrics log: means over its batches."""
        for name, value in values.items():
            found = value.detach().float()
            if self.share_of_step != 1.0:
                found = self.values.get(name, 0.0) + self.share_of_step * found
            self.values[name] = found

    def batches_before(self, step: int) -> int:
        """How many batches the steps before number ``step`` use; one each."""
        return step

    def set_learning_rate(self, progress: float) -> float:
        """Give every optimiser the rate of the coming step and return it."""
        settings = self.optimizer_settings
        rate = settings.learning_rate * learning_rate_factor(settings, self.steps_done, progress)
        for optimizer in self.trainer.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate
        return rate

    def clip(self, parameters: Any) -> None:
        """Scale the gradients of ``parameters`` to the norm limit, if there is one."""
        if self.gradient_clip_norm is not None:
            clip_gradients(parameters, self.gradient_clip_norm)

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Lightning's hook before each optimiser step, automatic or manual: clip."""
        self.clip([p for group in optimizer.param_groups for p in group["params"]])

    def validation_values(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Mean values over a validation batch; called without gradients, in eval mode."""
        raise NotImplementedError

    def panels(self, batch: dict[str, Tensor]) -> Panels:
        """Named waves (time,) of the first validation example, or named pictures.

        Pictures are (channel, height, width) in [0, 1]; each becomes a file with the step's number.
        """
        return []

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add the counters."""
        checkpoint["speechgen"] = {
            "steps_done": self.steps_done,
            "seconds_done": self.seconds_done,
        }

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take the counters back."""
        self.steps_done = int(checkpoint["speechgen"]["steps_done"])
        self.seconds_done = float(checkpoint["speechgen"]["seconds_done"])


def check_finite(name: str, value: float, step: int) -> None:
    """Stop a run that has diverged, in one line."""
    if not abs(value) < float("inf"):
        raise SpeechgenError(
            f"{name} is {value} at step {step}: the training diverged; "
            "lower objective.optimizer.learning_rate or raise its warmup_steps"
        )


def _of_the_data(settings: Any, of_the_data: dict[str, Any]) -> dict[str, Any]:
    return of_the_data


@dataclass(frozen=True)
class ObjectiveKind:
    """What the catalogue finds in the file of an objective.

    Attributes
    ----------
    settings
        The dataclass of its part of the configuration; its ``kind`` has the objective's name.
    build
        ``build(settings, network, data, optimizer=..., gradient_clip_norm=...)`` gives the
        Lightning module.
    data
        Kinds of data it learns from.
    task
        What its models are for: "synthesize", "enhance", "embed", "recognise", "say", "generate"
        or "classify".
    arguments
        ``arguments(settings, of_the_data)`` gives the arguments of the model that follow from the
        objective's settings and the data's.
    """

    settings: type
    build: Callable[..., Objective]
    data: tuple[str, ...]
    task: str
    arguments: Callable[[Any, dict[str, Any]], dict[str, Any]] = _of_the_data


def options_of(settings: Any, *but: str) -> dict[str, Any]:
    """Settings as keyword arguments of their module, which has parameters of the same names."""
    names = [item.name for item in dataclasses.fields(settings)]
    left_out = (*_NOT_OF_THE_MODULE, *but)
    return {name: getattr(settings, name) for name in names if name not in left_out}


def check_weights(weights: dict[str, Any], known: Mapping[str, float]) -> dict[str, float]:
    """``known`` with ``weights`` in place of its values, as floats, or ConfigError."""
    for name, value in weights.items():
        if name not in known:
            raise ConfigError(
                f"objective.weights: unknown loss {name!r}; known are {', '.join(known)}"
            )
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise ConfigError(f"objective.weights.{name}: needs a number from 0, not {value!r}")
    return {name: float(value) for name, value in (dict(known) | weights).items()}
