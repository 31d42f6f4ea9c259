"""Image-to-image translation without pairs: CycleGAN.

J.-Y. Zhu et al. 2017, arXiv:1703.10593, equations 1 to 3: an adversarial loss in each domain, and
what comes back from the other domain is what went there. Least squares, replayed fakes (section 4)
and the identity loss (section 5.2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from speechgen.adversarial import Replay, frozen
from speechgen.data.pictures import image_grid
from speechgen.layers.ranges import signed
from speechgen.losses.translation import cycle_consistency
from speechgen.training.objectives.base import Objective, ObjectiveKind, Panels, options_of
from speechgen.training.objectives.gan import GANObjective, GANSettings, build_discriminator
from speechgen.training.settings import ModelSettings

SHOWN = 4  # examples in a panel


@dataclass(frozen=True)
class CycleGANSettings(GANSettings):
    """See :class:`CycleGANObjective`; ``discriminator`` sizes those of both domains."""

    kind: str = "cycle_gan"
    discriminator: ModelSettings = field(
        default_factory=partial(ModelSettings, "patch_discriminator")
    )
    gan_loss: str = "least_squares"
    replay: int = 50


class CycleGANObjective(GANObjective):
    """Two generators and two discriminators, one of each for a domain.

    Batches hold "image_a" and "image_b", (batch, channel, height, width) in [0, 1]; nothing pairs
    them. The network has the translations ``a_to_b`` and ``b_to_a``. ``discriminator`` is a list of
    two, of domain A and of domain B.

    The generators' losses, each the sum of both directions, are "adversarial" (weight 2: the
    paper's 1, as the least-squares term here has the factor 1/2 of its own paper, which this one
    leaves out for generators and keeps for discriminators), "cycle" (10) and "identity" (5); the
    latter two of pixels brought to [-1, 1] as in the paper.

    Parameters
    ----------
    replay
        Fakes of each domain that are kept and shown to its discriminator again.
    options
        Those of :class:`GANObjective`.
    """

    known_weights: ClassVar = {"adversarial": 2.0, "cycle": 10.0, "identity": 5.0}

    def __init__(
        self, network: nn.Module, discriminator: nn.ModuleList, *, replay: int = 50, **options: Any
    ) -> None:
        super().__init__(network, discriminator, **options)
        shape = self.network.image_shape
        self.pools = nn.ModuleList(Replay(replay, shape) for _ in range(2))

    def _discriminator_step(self, batch: dict[str, Tensor]) -> None:
        optimizer = self._optimizer_of(1)
        a, b = batch["image_a"], batch["image_b"]
        with torch.no_grad(), frozen(self.network):
            fakes = self.network.b_to_a(b), self.network.a_to_b(a)
        losses = [
            self._loss_in(discriminator, real, pool(fake))
            for discriminator, real, pool, fake in zip(
                self.discriminator, (a, b), self.pools, fakes, strict=True
            )
        ]
        loss = torch.stack(losses).sum()
        self._update(optimizer, loss)
        self.record(discriminator=loss)

    def _loss_in(self, discriminator: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
        """The loss of the discriminator of one domain."""
        return self.gan_loss.discriminator(discriminator(real)[0], discriminator(fake)[0])

    def _generator_step(self, batch: dict[str, Tensor], adversarial: bool) -> None:
        optimizer = self._optimizer_of(0)
        a, b = batch["image_a"], batch["image_b"]
        with frozen(self.discriminator):
            fake_a, fake_b = self.network.b_to_a(b), self.network.a_to_b(a)
            losses = {"cycle": self._cycle(a, b, fake_a, fake_b)}
            if self.weights["identity"]:
                losses["identity"] = cycle_consistency(
                    signed(a), signed(self.network.b_to_a(a))
                ) + cycle_consistency(signed(b), signed(self.network.a_to_b(b)))
            if adversarial:
                in_a, in_b = self.discriminator
                losses["adversarial"] = self.gan_loss.generator(
                    in_a(fake_a)[0]
                ) + self.gan_loss.generator(in_b(fake_b)[0])
            self._update(optimizer, self._weighted(losses))
        self.record(**losses)

    def _cycle(self, a: Tensor, b: Tensor, fake_a: Tensor, fake_b: Tensor) -> Tensor:
        """Equation 2: both ways there and back."""
        there_and_back_a = self.network.b_to_a(fake_b)
        there_and_back_b = self.network.a_to_b(fake_a)
        first = cycle_consistency(signed(a), signed(there_and_back_a))
        return first + cycle_consistency(signed(b), signed(there_and_back_b))

    def validation_values(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """The cycle loss, and each discriminator's mean logit of real images less that of fakes."""
        a, b = batch["image_a"], batch["image_b"]
        fake_a, fake_b = self.network.b_to_a(b), self.network.a_to_b(a)
        values = {"cycle": self._cycle(a, b, fake_a, fake_b)}
        for name, discriminator, real, fake in zip(
            "ab", self.discriminator, (a, b), (fake_a, fake_b), strict=True
        ):
            gap = discriminator(real)[0][0].mean() - discriminator(fake)[0][0].mean()
            values[f"seen_through_{name}"] = gap
        return values

    def panels(self, batch: dict[str, Tensor]) -> Panels:
        """Some rows of A, A as B, B, B as A."""
        a, b = batch["image_a"][:SHOWN], batch["image_b"][:SHOWN]
        rows = torch.stack([a, self.network.a_to_b(a), b, self.network.b_to_a(b)], dim=1)
        return [("translations", image_grid(rows.flatten(0, 1), columns=4))]


def _build(settings: Any, network: Any, data: Any, **common: Any) -> Objective:
    shape = list(network.image_shape)
    both = nn.ModuleList(build_discriminator(settings, image_shape=shape) for _ in range(2))
    return CycleGANObjective(network, both, **options_of(settings), **common)


OBJECTIVE = ObjectiveKind(CycleGANSettings, _build, ("image_domains",), "generate")
