"""The game between an enhancer and a discriminator of (signal, noisy) pairs.

S. Pascual et al., "SEGAN", arXiv:1703.09452: equations 5 and 6 with least squares, an L1 term of
weight 100, RMSprop at 2e-4 for both. Both play in the network's own domain, level-normalised and
pre-emphasised; the optional losses in dB alone are taken of plain waveforms.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from speechgen.adversarial import frozen
from speechgen.losses import (
    l1,
    multi_resolution_stft,
    negative_segmental_snr,
    negative_si_sdr,
)
from speechgen.training.game import Game
from speechgen.training.objective import Panels

PLAIN_LOSSES: dict[str, Any] = {"si_sdr": negative_si_sdr, "segmental_snr": negative_segmental_snr}


class AdversarialObjective(Game):
    """The game of an enhancer.

    Batches hold "clean" and "noisy", (batch, 1, time). The generator has ``forward(noisy)`` in its
    own domain, ``enhance`` in the plain one, and ``level``, ``to_domain``, ``from_domain`` between
    the two. The discriminator's ``forward(pair (batch, 2, time))`` gives (logits, feature maps);
    it has ``set_reference(pairs)``.

    The generator's losses are "adversarial" (weight 1), "l1" (100), "stft" (0), and in minus
    decibels "si_sdr" (0) and "segmental_snr" (0). Parameters are those of :class:`Game`.
    """

    known_weights: ClassVar = {
        "adversarial": 1.0,
        "l1": 100.0,
        "stft": 0.0,
        **dict.fromkeys(PLAIN_LOSSES, 0.0),
    }

    def _before_the_game(self, batch: dict[str, Tensor]) -> None:
        """Fix the batch whose statistics the virtual batch norm uses: the first real pairs.

        It is a buffer of the discriminator, so it travels in the checkpoint.
        """
        if not self.discriminator.reference_chosen:
            clean, noisy, _ = self._in_domain(batch)
            self.discriminator.set_reference(torch.cat([clean, noisy], dim=1))

    def _discriminator_turn(self, batch: dict[str, Tensor]) -> None:
        optimizer = self._optimizer_of(1)
        clean, noisy, _ = self._in_domain(batch)
        with torch.no_grad(), frozen(self.network):
            fake = self.network(noisy)
        pairs = (torch.cat([signal, noisy], dim=1) for signal in (clean, fake))
        loss = self._discriminator_loss(*pairs)
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
            self._update(optimizer, self._weighted(losses))
        self.record(**losses)

    def _in_domain(self, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Clean and noisy in the network's domain, and the level taken out of both."""
        level = self.network.level(batch["noisy"])
        clean, noisy = (self.network.to_domain(batch[name], level) for name in ("clean", "noisy"))
        return clean, noisy, level

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
