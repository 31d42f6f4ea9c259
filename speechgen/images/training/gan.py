"""Adversarial training of a generator of images from a latent.

I. Goodfellow et al., arXiv:1406.2661, Algorithm 1, with any GAN loss of ``adversarial``. What is
known to help is a setting: the gradient penalty (arXiv:1704.00028) or clipped weights
(arXiv:1701.07875) for critics, one-sided smoothing, flipped labels, replay of old fakes. With
classes both networks see them (arXiv:1411.1784); a code in the latent is read back by the
discriminator (arXiv:1606.03657); networks that grow are grown (arXiv:1710.10196).
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, cast

import torch
from torch import Tensor, nn

from speechgen import registry
from speechgen.adversarial import (
    Diagnostics,
    GrowthSchedule,
    Replay,
    clip_weights,
    flipped,
    frozen,
    gradient_penalty,
)
from speechgen.data.pictures import image_grid
from speechgen.errors import ConfigError
from speechgen.training.loop import processes
from speechgen.training.objectives.base import Objective, ObjectiveKind, Panels, options_of
from speechgen.training.objectives.gan import GANObjective, GANSettings
from speechgen.training.settings import ModelSettings

_logger = logging.getLogger("speechgen")
_SHOWN = 64  # images in a sample grid
_WATCH_EVERY = 10  # steps between looks at gradient norms

#: what a discriminator sees of an example: the image, perhaps its label or its latent
Example = tuple[Tensor, ...]

#: arguments that generator and discriminator share, taken from the generator unless given
_SHARED = ("image_shape", "num_classes", "latent_size")


@dataclass(frozen=True)
class ImageGANSettings(GANSettings):
    """See :class:`ImageGANObjective`."""

    kind: str = "gan"
    discriminator: ModelSettings = field(
        default_factory=partial(ModelSettings, "dcgan_discriminator")
    )
    clip_bound: float | None = None
    smoothing: float = 0.0
    flip: float = 0.0
    replay: int = 0
    growth: GrowthSchedule = field(default_factory=GrowthSchedule)


class ImageGANObjective(GANObjective):
    """Images from latents against a discriminator.

    Batches hold "image" (batch, channel, height, width) in [0, 1] and "label" (batch,). The
    generator is a :class:`LatentGenerator`. The discriminator's ``forward(images in [-1, 1])`` or
    ``forward(images, labels)`` gives (logits, feature maps).

    Parameters
    ----------
    network, discriminator, optimizer, gradient_clip_norm, gan_loss, schedule, discriminator_rate
        As for :class:`GANObjective`.
    weights
        Of "adversarial" (1); "penalty" (0), the gradient penalty in the discriminator's step; and
        "information" (1), the bound of the code in both steps, where there is a code.
    clip_bound
        The discriminator's weights are clipped to this after each of its steps; null leaves them.
    smoothing
        One-sided label smoothing in the discriminator's step.
    flip
        Probability that an example is called what it is not, in the discriminator's step.
    replay
        Old fakes in the pool that a half of those shown comes from, 0 for none.
    growth
        When networks grow, if they can.
    """

    known_weights: ClassVar = {"adversarial": 1.0, "penalty": 0.0, "information": 1.0}

    def __init__(
        self,
        network: nn.Module,
        discriminator: nn.Module,
        *,
        clip_bound: float | None = None,
        smoothing: float = 0.0,
        flip: float = 0.0,
        replay: int = 0,
        growth: GrowthSchedule | None = None,
        **options: Any,
    ) -> None:
        super().__init__(network, discriminator, **options)
        for name, value in (("smoothing", smoothing), ("flip", flip)):
            if not 0 <= value < 1:
                raise ConfigError(f"objective.{name}: needs a number in [0, 1), not {value}")
        if clip_bound is not None and not clip_bound > 0:
            raise ConfigError(f"objective.clip_bound: needs a number above 0, not {clip_bound}")
        if replay and (network.num_classes or replay < 0):
            raise ConfigError(
                f"objective.replay: {replay} old fakes cannot be shown; give 0 or more, and 0 "
                "where images have classes"
            )
        self.clip_bound = clip_bound
        self.smoothing = smoothing
        self.flip = flip
        self.replay = Replay(replay, cast("Sequence[int]", network.image_shape))
        self.growth = growth or GrowthSchedule()
        self.diagnostics = Diagnostics(self.gan_loss.equilibrium)
        self.progress = 0.0

    # ---- what the discriminator sees

    def _real(self, batch: dict[str, Tensor]) -> Example:
        """Real examples."""
        images = 2.0 * batch["image"] - 1.0
        if hasattr(self.network, "at_growth"):
            images = self.network.at_growth(images)
        return (images, *self._labels(batch))

    def _fake(
        self, batch: dict[str, Tensor], generator: torch.Generator | None = None
    ) -> tuple[Example, Tensor]:
        """As many generated ones, of the same classes, and their latents; always new noise."""
        labels = self._labels(batch)
        latents = self.network.draw(len(batch["image"]), generator=generator)
        return (self.network(latents, *labels), *labels), latents

    def _labels(self, batch: dict[str, Tensor]) -> Example:
        return (batch["label"],) if self.network.num_classes else ()

    # ---- the steps

    def _prepare_adversarial_step(self, batch: dict[str, Tensor]) -> None:
        """Bring both networks to the growth of this step."""
        if hasattr(self.network, "set_growth"):
            growth = self.growth.at(self.progress, self.network.stages)
            self.network.set_growth(growth)
            self.discriminator.set_growth(growth)

    def _discriminator_step(self, batch: dict[str, Tensor]) -> None:
        optimizer = self._optimizer_of(1)
        with torch.no_grad(), frozen(self.network):
            real = self._real(batch)
            fake, latents = self._fake(batch)
        values = {"discriminator": self._adversarial_loss(real, fake)}
        total = values["discriminator"]
        if self.weights.get("penalty"):
            values["penalty"] = self._penalty(real, fake)
            total = total + self.weights["penalty"] * values["penalty"]
        if self._reads_codes:
            total = total - self.weights["information"] * self._information(fake, latents)
        self._update(optimizer, total)
        if self.clip_bound is not None:
            clip_weights(self.discriminator, self.clip_bound)
        self.record(**values)
        self._say(
            self.diagnostics.of_loss(float(values["discriminator"].detach()), self.steps_done)
        )

    def _generator_step(self, batch: dict[str, Tensor], adversarial: bool) -> None:
        optimizer = self._optimizer_of(0)
        with frozen(self.discriminator):
            fake, latents = self._fake(batch)
            loss = self.gan_loss.generator(self.discriminator(*fake)[0])
            total = self.weights["adversarial"] * loss
            if self._reads_codes:
                bound = self._information(fake, latents)
                total = total - self.weights["information"] * bound
                self.record(information_nats=bound)
            self._update(optimizer, total)
        self.record(adversarial=loss)

    # ---- the discriminator's losses

    def _adversarial_loss(self, real: Example, fake: Example) -> Tensor:
        """The GAN loss, with replayed fakes and flipped labels where the settings ask for them."""
        fake = (self.replay(fake[0]), *fake[1:]) if self.replay.size else fake
        shown_real, shown_fake = flipped(real, fake, self.flip)
        real_logits, fake_logits = self._logits(shown_real), self._logits(shown_fake)
        return self.gan_loss.discriminator(real_logits, fake_logits, smoothing=self.smoothing)

    def _logits(self, example: Any) -> list[Tensor]:
        logits: list[Tensor] = self.discriminator(*example)[0]
        return logits

    def _penalty(self, real: Example, fake: Example) -> Tensor:
        rest = real[1:]
        return gradient_penalty(lambda images: self._logits((images, *rest)), real[0], fake[0])

    @property
    def _reads_codes(self) -> bool:
        return hasattr(self.discriminator, "recogniser") and self.weights["information"] > 0

    def _information(self, fake: Example, latents: Tensor) -> Tensor:
        """The bound on what fakes tell of their codes, nats."""
        params = self.discriminator.recogniser(fake[0])
        bound: Tensor = self.network.codes.bound_nats(params, self.network.code_of(latents))
        return bound

    # ---- watching

    def set_learning_rate(self, progress: float) -> float:
        """As in :class:`GANObjective`; progress also decides on growth."""
        self.progress = progress
        return super().set_learning_rate(progress)

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Look at the gradient norm now and then, before it is clipped."""
        if self.steps_done % _WATCH_EVERY == 0:
            gradients = [p.grad for g in optimizer.param_groups for p in g["params"]]
            norms = torch._foreach_norm([one for one in gradients if one is not None])
            norm = float(torch.stack(norms).norm())
            self._say(self.diagnostics.of_norm("network", norm, self.steps_done))
        super().on_before_optimizer_step(optimizer)

    def _say(self, line: str | None) -> None:
        if line is not None and processes.is_first():
            _logger.warning(line)

    def validation_values(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """How well the discriminator and the samples do on held-out images.

        Accuracy of the discriminator on real and generated images (1/2: it cannot tell, for losses
        with a logit of 0 in the middle); distance of the mean image, and of the pixels' standard
        deviation, of as many generated images from those of the real ones.
        """
        with frozen(self.network, self.discriminator):
            self.discriminator.train()
            real = self._real(batch)
            fake, _ = self._fake(batch, torch.Generator().manual_seed(0))
            middle = 0.5 if self.gan_loss.name == "least_squares" else 0.0
            right = [one > middle for one in self._logits(real)]
            right += [one <= middle for one in self._logits(fake)]
        images = [0.5 * (side[0].float() + 1.0) for side in (real, fake)]
        mean, deviation = ([f(one, dim=0) for one in images] for f in (torch.mean, torch.std))
        return {
            "discriminator_accuracy": torch.cat([one.flatten() for one in right]).float().mean(),
            "mean_distance": (mean[0] - mean[1]).abs().mean(),
            "deviation_distance": (deviation[0] - deviation[1]).abs().mean(),
        }

    def panels(self, batch: dict[str, Tensor]) -> Panels:
        """A grid of samples, always of the same latents (and of each class in turn)."""
        classes = self.network.num_classes
        device = batch["image"].device
        labels = torch.arange(_SHOWN, device=device) % classes if classes else None
        images = self.network.sample(
            _SHOWN, generator=torch.Generator().manual_seed(0), labels=labels
        )
        return [("samples", image_grid(images.float().cpu()))]


def shared_discriminator(settings: ModelSettings, network: Any) -> nn.Module:
    """The discriminator of ``settings``, told what it shares with the generator."""
    known = inspect.signature(registry.constructor(settings.name)).parameters
    shared = {name: getattr(network, name) for name in _SHARED if name in known}
    if hasattr(network, "codes"):
        codes = {"categories": network.codes.categories, "continuous": network.codes.continuous}
        shared |= {name: value for name, value in codes.items() if name in known}
    built: nn.Module = registry.build(settings.name, shared | settings.arguments)
    return built


def builder(module: type[ImageGANObjective]) -> Callable[..., Objective]:
    """The builder of an objective of this kind."""

    def build(settings: Any, network: Any, data: Any, **common: Any) -> Objective:
        discriminator = shared_discriminator(settings.discriminator, network)
        return module(network, discriminator, **options_of(settings), **common)

    return build


OBJECTIVE = ObjectiveKind(ImageGANSettings, builder(ImageGANObjective), ("images",), "generate")
