"""What every game of two players shares: turns by the schedule, an optimiser for each player."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from speechgen.adversarial import GameSchedule, Turn, objective
from speechgen.errors import ConfigError
from speechgen.training.loop.optimisation import OptimizerSettings, build_optimizer
from speechgen.training.objectives.base import Objective


class Game(Objective):
    """Generator and discriminator turn by turn, by manual optimisation.

    Subclasses say what happens in a turn; what they pass to :meth:`_update` teaches one player.

    Parameters
    ----------
    network, discriminator
        The players.
    game
        Name of the adversarial objective.
    weights
        Weight of each loss of the generator, with the names in ``known_weights``, which holds their
        defaults; "adversarial" is among them. 0 leaves a loss out.
    schedule
        Whose turn it is.
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
        game: str = "least_squares",
        weights: dict[str, float] | None = None,
        schedule: GameSchedule | None = None,
        discriminator_rate: float = 1.0,
    ) -> None:
        super().__init__(network, optimizer=optimizer, gradient_clip_norm=gradient_clip_norm)
        if not discriminator_rate > 0:
            raise ConfigError(
                f"objective.discriminator_rate: needs a number above 0, not {discriminator_rate}"
            )
        self.automatic_optimization = False
        self.discriminator = discriminator
        self.game = objective(game)
        self.weights = check_weights(weights or {}, self.known_weights)
        self.schedule = schedule or GameSchedule()
        self.discriminator_rate = discriminator_rate

    def training_step(self, batch: dict[str, Tensor], batch_index: int) -> None:
        """All turns of one step on one batch; each turn sees new noise."""
        adversarial = self.schedule.adversarial(self.steps_done) and self.weights["adversarial"] > 0
        if adversarial:
            self._before_the_game(batch)
        for turn in self.schedule.turns(self.steps_done):
            if turn is Turn.GENERATOR:
                self._generator_turn(batch, adversarial)
            elif adversarial:
                self._discriminator_turn(batch)

    def _before_the_game(self, batch: dict[str, Tensor]) -> None:
        """Called in every step with an opponent, before its turns."""

    def _discriminator_turn(self, batch: dict[str, Tensor]) -> None:
        raise NotImplementedError

    def _generator_turn(self, batch: dict[str, Tensor], adversarial: bool) -> None:
        raise NotImplementedError

    def _discriminator_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """What the discriminator minimises, in one call where each example is judged on its own.

        Batch norm sees real and made ones apart, so that neither's statistics depend on the other.
        There may be more of one kind than of the other.
        """
        if getattr(self.discriminator, "examples_independent", True):
            logits, _ = self.discriminator(torch.cat([real, fake]))
            sizes = [len(real), len(fake)]
            parts = [one.float().split(sizes) for one in logits]
            return self.game.discriminator([r for r, _ in parts], [f for _, f in parts])
        real_logits, fake_logits = self.discriminator(real)[0], self.discriminator(fake)[0]
        return self.game.discriminator(real_logits, fake_logits)

    def _weighted(self, losses: dict[str, Tensor]) -> Tensor:
        """The sum of the generator's losses, each with its weight."""
        return torch.stack([self.weights[name] * value for name, value in losses.items()]).sum()

    def _optimizer_of(self, player: int) -> Any:
        both: Any = self.optimizers()
        return both[player]

    def _update(self, optimizer: Any, loss: Tensor) -> None:
        """One optimiser step on ``loss``; no gradient is left behind."""
        optimizer.zero_grad(set_to_none=True)
        self.manual_backward(loss)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    def configure_optimizers(self) -> Any:
        """One optimiser for each player: generator, discriminator."""
        players = (self.network, self.discriminator)
        return [build_optimizer(self.optimizer_settings, p.parameters()) for p in players]

    def set_learning_rate(self, progress: float) -> float:
        """Give each optimiser its rate of the coming step and return the generator's."""
        rate = super().set_learning_rate(progress)
        for group in self.trainer.optimizers[1].param_groups:
            group["lr"] = rate * self.discriminator_rate
        return rate


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
