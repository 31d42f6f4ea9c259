"""The game of translation without pairs: CycleGAN.

J.-Y. Zhu et al. 2017, arXiv:1703.10593, equations 1 to 3: a game in each domain, and what comes
back from the other domain is what went there. Least squares, replayed fakes (section 4) and the
identity loss (section 5.2).
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from speechgen.adversarial import Replay, frozen
from speechgen.data.pictures import image_grid
from speechgen.layers.ranges import signed
from speechgen.losses.translation import cycle_consistency
from speechgen.training.objectives.base import Panels
from speechgen.training.objectives.gan import Game

SHOWN = 4  # examples in a panel


class CycleObjective(Game):
    """Two games at once, one in each domain.

    Batches hold "image_a" and "image_b", (batch, channel, height, width) in [0, 1]; nothing pairs
    them. The network has the translations ``a_to_b`` and ``b_to_a``. ``discriminator`` is a list of
    two, of domain A and of domain B.

    The generators' losses, each the sum of both directions, are "adversarial" (weight 1), "cycle"
    (10) and "identity" (5); the latter two of pixels brought to [-1, 1] as in the paper.

    Parameters
    ----------
    replay
        Fakes of each domain that are kept and shown to its discriminator again.
    game
        As for :class:`Game`, and its other parameters.
    """

    known_weights: ClassVar = {"adversarial": 1.0, "cycle": 10.0, "identity": 5.0}

    def __init__(
        self, network: nn.Module, discriminator: nn.ModuleList, *, replay: int = 50, **game: Any
    ) -> None:
        super().__init__(network, discriminator, **game)
        shape = self.network.image_shape
        self.pools = nn.ModuleList(Replay(replay, shape) for _ in range(2))

    def _discriminator_turn(self, batch: dict[str, Tensor]) -> None:
        optimizer = self._optimizer_of(1)
        a, b = batch["image_a"], batch["image_b"]
        with torch.no_grad(), frozen(self.network):
            fakes = self.network.b_to_a(b), self.network.a_to_b(a)
        losses = [
            self._loss_in(judge, real, pool(fake))
            for judge, real, pool, fake in zip(
                self.discriminator, (a, b), self.pools, fakes, strict=True
            )
        ]
        loss = torch.stack(losses).sum()
        self._update(optimizer, loss)
        self.record(discriminator=loss)

    def _loss_in(self, judge: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
        """What the discriminator of one domain minimises."""
        return self.game.discriminator(judge(real)[0], judge(fake)[0])

    def _generator_turn(self, batch: dict[str, Tensor], adversarial: bool) -> None:
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
                judge_a, judge_b = self.discriminator
                losses["adversarial"] = self.game.generator(
                    judge_a(fake_a)[0]
                ) + self.game.generator(judge_b(fake_b)[0])
            self._update(optimizer, self._weighted(losses))
        self.record(**losses)

    def _cycle(self, a: Tensor, b: Tensor, fake_a: Tensor, fake_b: Tensor) -> Tensor:
        """Equation 2: both ways there and back."""
        there_and_back_a = self.network.b_to_a(fake_b)
        there_and_back_b = self.network.a_to_b(fake_a)
        first = cycle_consistency(signed(a), signed(there_and_back_a))
        return first + cycle_consistency(signed(b), signed(there_and_back_b))

    def validation_values(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """The cycle loss, and each discriminator's mean logit of made images less that of real."""
        a, b = batch["image_a"], batch["image_b"]
        fake_a, fake_b = self.network.b_to_a(b), self.network.a_to_b(a)
        values = {"cycle": self._cycle(a, b, fake_a, fake_b)}
        for name, judge, real, fake in zip(
            "ab", self.discriminator, (a, b), (fake_a, fake_b), strict=True
        ):
            values[f"seen_through_{name}"] = judge(real)[0][0].mean() - judge(fake)[0][0].mean()
        return values

    def panels(self, batch: dict[str, Tensor]) -> Panels:
        """Some rows of A, A as B, B, B as A."""
        a, b = batch["image_a"][:SHOWN], batch["image_b"][:SHOWN]
        rows = torch.stack([a, self.network.a_to_b(a), b, self.network.b_to_a(b)], dim=1)
        return [("translations", image_grid(rows.flatten(0, 1), columns=4))]
