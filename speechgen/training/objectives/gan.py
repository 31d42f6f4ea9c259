"""What all GAN objectives share: settings, discriminator, steps by the schedule, two optimisers.

A step of a run (``trainer.max_steps``) is one of the generator, with the k of the discriminator
before it, each on a batch of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from speechgen import registry
from speechgen.adversarial import GANSchedule, Step, find_gan_loss
from speechgen.errors import ConfigError
from speechgen.training.loop.optimisation import OptimizerSettings, build_optimizer
from speechgen.training.objectives.base import Objective, check_weights
from speechgen.training.settings import ModelSettings


def dcgan_optimizer() -> OptimizerSettings:
    """Adam as in arXiv:1511.06434, section 4."""
    return OptimizerSettings(
        name="adam", learning_rate=2e-4, schedule="constant", betas=(0.5, 0.999)
    )


@dataclass(frozen=True)
class GANSettings:
    """See :class:`GANObjective`; ``discriminator`` names and sizes the discriminator."""

    discriminator: ModelSettings
    kind: str = ""
    gan_loss: str = "non_saturating"
    weights: dict[str, float] = field(default_factory=dict)
    schedule: GANSchedule = field(default_factory=GANSchedule)
    discriminator_rate: float = 1.0
    optimizer: OptimizerSettings = field(default_factory=dcgan_optimizer)


def build_discriminator(settings: Any, **known: Any) -> nn.Module:
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
    discriminator: nn.Module = registry.build(settings.discriminator.name, known | given)
    return discriminator


def split_batch(batch: dict[str, Tensor], parts: int) -> list[dict[str, Tensor]]:
    """A collated batch as ``parts`` smaller ones, in its order.

    Raises
    ------
    ValueError
        It has fewer examples.
    """
    if any(len(value) < parts for value in batch.values()):
        raise ValueError(f"a batch of fewer examples than the discriminator's {parts} steps")
    pieces = {name: value.tensor_split(parts) for name, value in batch.items()}
    return [{name: each[part] for name, each in pieces.items()} for part in range(parts)]


class GANObjective(Objective):
    """Generator and discriminator step by step, by manual optimisation.

    Subclasses say what happens in a step; what they pass to :meth:`_update` trains one network.

    Parameters
    ----------
    network, discriminator
        The generator and its discriminator.
    gan_loss
        Name of the adversarial loss.
    weights
        Weight of each loss of the generator, with the names in ``known_weights``, which holds their
        defaults; "adversarial" is among them. 0 leaves a loss out.
    schedule
        The order of discriminator and generator steps.
    discriminator_rate
        The discriminator's learning rate as a multiple of the generator's.
    """

    discriminator: Any
    known_weights: ClassVar[Mapping[str, float]] = {"adversarial": 1.0}

    def __init__(
        self,
        network: nn.Module,
        discriminator: nn.Module,
        *,
        optimizer: OptimizerSettings,
        gradient_clip_norm: float | None = None,
        gan_loss: str = "least_squares",
        weights: dict[str, float] | None = None,
        schedule: GANSchedule | None = None,
        discriminator_rate: float = 1.0,
    ) -> None:
        super().__init__(network, optimizer=optimizer, gradient_clip_norm=gradient_clip_norm)
        if not discriminator_rate > 0:
            raise ConfigError(
                f"objective.discriminator_rate: needs a number above 0, not {discriminator_rate}"
            )
        self.automatic_optimization = False
        self.discriminator = discriminator
        self.gan_loss = find_gan_loss(gan_loss)
        self.weights = check_weights(weights or {}, self.known_weights)
        self.schedule = schedule or GANSchedule()
        self.discriminator_rate = discriminator_rate

    def batches_before(self, step: int) -> int:
        """A batch for each step of the discriminator, and one where it takes no part."""
        return self.schedule.batches_before(step) if self.weights["adversarial"] > 0 else step

    def training_step(self, batch: dict[str, Tensor], batch_index: int) -> None:
        """All optimiser steps up to one of the generator.

        ``batch`` is a batch for each of the discriminator's, joined; the generator's takes the last
        one. Noise is new in each.
        """
        adversarial = self.schedule.adversarial(self.steps_done) and self.weights["adversarial"] > 0
        if not adversarial:
            self._generator_step(batch, adversarial)
            return
        batches = split_batch(batch, self.schedule.discriminator_steps)
        self._prepare_adversarial_step(batches[0])
        steps = self.schedule.steps(self.steps_done)
        for step, one in zip(steps, [*batches, batches[-1]], strict=True):
            if step is Step.DISCRIMINATOR:
                self._discriminator_step(one)
            else:
                self._generator_step(one, adversarial)

    def _prepare_adversarial_step(self, batch: dict[str, Tensor]) -> None:
        """Called before the first of the discriminator's steps, on its batch."""

    def _discriminator_step(self, batch: dict[str, Tensor]) -> None:
        raise NotImplementedError

    def _generator_step(self, batch: dict[str, Tensor], adversarial: bool) -> None:
        raise NotImplementedError

    def _discriminator_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """The discriminator's loss, in one call where each example is scored on its own.

        Batch norm sees real and generated ones apart, so that neither's statistics depend on the
        other. There may be more of one kind than of the other.
        """
        if getattr(self.discriminator, "examples_independent", True):
            logits, _ = self.discriminator(torch.cat([real, fake]))
            sizes = [len(real), len(fake)]
            parts = [one.float().split(sizes) for one in logits]
            return self.gan_loss.discriminator([r for r, _ in parts], [f for _, f in parts])
        real_logits, fake_logits = self.discriminator(real)[0], self.discriminator(fake)[0]
        return self.gan_loss.discriminator(real_logits, fake_logits)

    def _weighted(self, losses: dict[str, Tensor]) -> Tensor:
        """The sum of the generator's losses, each with its weight."""
        return torch.stack([self.weights[name] * value for name, value in losses.items()]).sum()

    def _optimizer_of(self, network: int) -> Any:
        """Number ``network`` of :meth:`configure_optimizers`."""
        both: Any = self.optimizers()
        return both[network]

    def _update(self, optimizer: Any, loss: Tensor) -> None:
        """One optimiser step on ``loss``; no gradient is left behind."""
        optimizer.zero_grad(set_to_none=True)
        self.manual_backward(loss)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    def configure_optimizers(self) -> Any:
        """One optimiser for each network: generator, discriminator."""
        networks = (self.network, self.discriminator)
        return [build_optimizer(self.optimizer_settings, one.parameters()) for one in networks]

    def set_learning_rate(self, progress: float) -> float:
        """Give each optimiser its rate of the coming step and return the generator's."""
        rate = super().set_learning_rate(progress)
        for group in self.trainer.optimizers[1].param_groups:
            group["lr"] = rate * self.discriminator_rate
        return rate
