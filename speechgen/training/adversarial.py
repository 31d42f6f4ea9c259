"""The game between an enhancer and a discriminator of (signal, noisy) pairs.

S. Pascual et al., "SEGAN", arXiv:1703.09452: equations 5 and 6 with least squares, an L1 term of
weight 100, RMSprop at 2e-4 for both. Both play in the network's own domain, level-normalised and
pre-emphasised; the optional losses in dB alone are taken of plain waveforms.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from speechgen.adversarial import GameSchedule, Turn, frozen, objective
from speechgen.errors import ConfigError
from speechgen.losses import (
    l1,
    multi_resolution_stft,
    negative_segmental_snr,
    negative_si_sdr,
)
from speechgen.training.objective import Objective, Panels
from speechgen.training.optimisation import OptimizerSettings, build_optimizer

PLAIN_LOSSES = {"si_sdr": negative_si_sdr, "segmental_snr": negative_segmental_snr}
DEFAULT_WEIGHTS = {"adversarial": 1.0, "l1": 100.0, "stft": 0.0} | dict.fromkeys(PLAIN_LOSSES, 0.0)


class AdversarialObjective(Objective):
    """Generator and discriminator turn by turn, by manual optimisation.

    Batches hold "clean" and "noisy", (batch, 1, time).

    Parameters
    ----------
    network
        The generator: ``forward(noisy)`` in its own domain, ``enhance`` in the plain one, and
        ``level``, ``to_domain``, ``from_domain`` between the two.
    discriminator
        ``forward(pair (batch, 2, time))`` gives (logits, feature maps); ``set_reference(pairs)``.
    game
        Name of the adversarial objective; "least_squares" in the paper.
    weights
        Weight of each loss of the generator: "adversarial" (1), "l1" (100), "stft" (0), and in
        minus decibels "si_sdr" (0) and "segmental_snr" (0); 0 leaves one out.
    schedule
        Whose turn it is.
    """

    discriminator: Any

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
    ) -> None:
        super().__init__(network, optimizer=optimizer, gradient_clip_norm=gradient_clip_norm)
        self.automatic_optimization = False
        self.discriminator = discriminator
        self.game = objective(game)
        self.weights = check_weights(DEFAULT_WEIGHTS | (weights or {}))
        self.schedule = schedule or GameSchedule()

    def training_step(self, batch: dict[str, Tensor], batch_index: int) -> None:
        """All turns of one step on one batch; each turn sees a new latent vector."""
        adversarial = self.schedule.adversarial(self.steps_done) and self.weights["adversarial"] > 0
        if adversarial and not self.discriminator.reference_chosen:
            self._choose_reference(batch)
        for turn in self.schedule.turns(self.steps_done):
            if turn is Turn.GENERATOR:
                self._generator_turn(batch, adversarial)
            elif adversarial:
                self._discriminator_turn(batch)

    def _discriminator_turn(self, batch: dict[str, Tensor]) -> None:
        optimizer = self._optimizer_of(1)
        clean, noisy, _ = self._in_domain(batch)
        with torch.no_grad(), frozen(self.network):
            fake = self.network(noisy)
        # every pair is judged on its own, so both kinds may share one pass
        pairs = torch.cat([torch.cat([clean, noisy], dim=1), torch.cat([fake, noisy], dim=1)])
        logits, _ = self.discriminator(pairs)
        real_logits, fake_logits = zip(*(one.float().chunk(2) for one in logits), strict=True)
        loss = self.game.discriminator(list(real_logits), list(fake_logits))
        self._update(optimizer, loss)
        self.record(discriminator=loss)

    def _generator_turn(self, batch: dict[str, Tensor], adversarial: bool) -> None:
        optimizer = self._optimizer_of(0)
        clean, noisy, level = self._in_domain(batch)
        with frozen(self.discriminator):
            fake = self.network(noisy)
            losses = {"l1": l1(fake, clean)}
            if self.weights["stft"]:
                losses["stft"] = multi_resolution_stft(fake.float(), clean)
            wanted = [name for name in PLAIN_LOSSES if self.weights[name]]
            if wanted:
                plain = self.network.from_domain(fake.float(), level)
                losses |= {name: PLAIN_LOSSES[name](plain, batch["clean"]) for name in wanted}
            if adversarial:
                logits, _ = self.discriminator(torch.cat([fake, noisy], dim=1))
                losses["adversarial"] = self.game.generator([one.float() for one in logits])
            total = torch.stack([self.weights[n] * value for n, value in losses.items()]).sum()
            self._update(optimizer, total)
        self.record(**losses)

    def _optimizer_of(self, player: int) -> Any:
        both: Any = self.optimizers()
        return both[player]

    def _update(self, optimizer: Any, loss: Tensor) -> None:
        """One optimiser step on ``loss``; no gradient is left behind."""
        optimizer.zero_grad(set_to_none=True)
        self.manual_backward(loss)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    def _in_domain(self, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Clean and noisy in the network's domain, and the level taken out of both."""
        level = self.network.level(batch["noisy"])
        clean, noisy = (self.network.to_domain(batch[name], level) for name in ("clean", "noisy"))
        return clean, noisy, level

    def _choose_reference(self, batch: dict[str, Tensor]) -> None:
        """Fix the batch whose statistics the virtual batch norm uses: the first real pairs.

        It is a buffer of the discriminator, so it travels in the checkpoint.
        """
        clean, noisy, _ = self._in_domain(batch)
        self.discriminator.set_reference(torch.cat([clean, noisy], dim=1))

    def configure_optimizers(self) -> Any:
        """One optimiser for each player: generator, discriminator."""
        players = (self.network, self.discriminator)
        return [build_optimizer(self.optimizer_settings, p.parameters()) for p in players]

    def validation_values(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """L1 and SI-SDR (dB) of the enhanced crops, and the SI-SDR gained over the noisy ones."""
        clean, noisy = batch["clean"], batch["noisy"]
        enhanced = self.network.enhance(noisy).float()
        before = -negative_si_sdr(noisy, clean)
        after = -negative_si_sdr(enhanced, clean)
        return {"l1": l1(enhanced, clean), "si_sdr": after, "si_sdr_gain": after - before}

    def panels(self, batch: dict[str, Tensor]) -> Panels:
        """Noisy, enhanced and clean."""
        enhanced = self.network.enhance(batch["noisy"][:1])
        waves = {"noisy": batch["noisy"], "enhanced": enhanced, "clean": batch["clean"]}
        return [(name, wave[0, 0].float()) for name, wave in waves.items()]


def check_weights(weights: dict[str, Any]) -> dict[str, float]:
    """``weights`` as floats of known losses, or ConfigError."""
    for name, value in weights.items():
        if name not in DEFAULT_WEIGHTS:
            raise ConfigError(
                f"objective.weights: unknown loss {name!r}; known are {', '.join(DEFAULT_WEIGHTS)}"
            )
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise ConfigError(f"objective.weights.{name}: needs a number from 0, not {value!r}")
    return {name: float(value) for name, value in weights.items()}
