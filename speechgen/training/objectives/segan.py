"""Adversarial training of an enhancer against a discriminator of (signal, noisy) pairs.

S. Pascual et al., "SEGAN", arXiv:1703.09452: equations 5 and 6 with least squares, an L1 term of
weight 100, RMSprop at 2e-4 for both. Both work in the network's own domain, level-normalised and
pre-emphasised; the optional losses in dB alone are taken of plain waveforms.

The discriminator sees every stage of a network that cleans in stages: H. Phan et al., "Improving
GANs for speech enhancement", arXiv:2001.05532, equations 5 to 7.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor

from speechgen.adversarial import GANSchedule, frozen
from speechgen.losses import (
    l1,
    multi_resolution_stft,
    negative_segmental_snr,
    negative_si_sdr,
)
from speechgen.training.loop import processes
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.objectives.base import Objective, ObjectiveKind, Panels, options_of
from speechgen.training.objectives.gan import GANObjective, build_discriminator
from speechgen.training.settings import ModelSettings

PLAIN_LOSSES: dict[str, Any] = {"si_sdr": negative_si_sdr, "segmental_snr": negative_segmental_snr}


@dataclass(frozen=True)
class SEGANSettings:
    """See :class:`SEGANObjective`; the discriminator must be sized like the model."""

    kind: str = "segan"
    discriminator: ModelSettings = field(
        default_factory=partial(ModelSettings, "segan_discriminator")
    )
    gan_loss: str = "least_squares"
    weights: dict[str, float] = field(default_factory=dict)
    schedule: GANSchedule = field(default_factory=GANSchedule)
    optimizer: OptimizerSettings = field(
        default_factory=lambda: OptimizerSettings(
            name="rmsprop", learning_rate=2e-4, schedule="constant"
        )
    )


class SEGANObjective(GANObjective):
    """An enhancer against a discriminator of (signal, noisy) pairs.

    Batches hold "clean" and "noisy", (batch, 1, time). The generator has ``forward(noisy)`` in its
    own domain, ``enhance`` in the plain one, and ``level``, ``to_domain``, ``from_domain`` between
    the two. The discriminator's ``forward(pair (batch, 2, time))`` gives (logits, feature maps);
    it has ``set_reference(pairs)``.

    A generator that works in stages has ``cleaned(noisy)`` too, the output of each. The
    adversarial loss is then the mean over stages; every other loss is that of the last stage plus
    half of that of the one before it, a quarter of that before, and so on.

    The generator's losses are "adversarial" (weight 1), "l1" (100), "stft" (0), and in minus
    decibels "si_sdr" (0) and "segmental_snr" (0). Parameters are those of :class:`GANObjective`.
    """

    known_weights: ClassVar = {
        "adversarial": 1.0,
        "l1": 100.0,
        "stft": 0.0,
        **dict.fromkeys(PLAIN_LOSSES, 0.0),
    }

    def _prepare_adversarial_step(self, batch: dict[str, Tensor]) -> None:
        """Fix the batch whose statistics the virtual batch norm uses: the first real pairs.

        Of all processes, so that each has the same. It is a buffer of the discriminator, so it
        travels in the checkpoint.
        """
        if not self.discriminator.reference_chosen:
            clean, noisy, _ = self._in_domain(batch)
            pairs = torch.cat([clean, noisy], dim=1)
            self.discriminator.set_reference(processes.joined(pairs))

    def _discriminator_step(self, batch: dict[str, Tensor]) -> None:
        optimizer = self._optimizer_of(1)
        clean, noisy, _ = self._in_domain(batch)
        with torch.no_grad(), frozen(self.network):
            fakes = self._stages(noisy)
        real = torch.cat([clean, noisy], dim=1)
        loss = self._discriminator_loss(real, self._pairs(fakes, noisy))
        self._update(optimizer, loss)
        self.record(discriminator=loss)

    def _generator_step(self, batch: dict[str, Tensor], adversarial: bool) -> None:
        optimizer = self._optimizer_of(0)
        clean, noisy, level = self._in_domain(batch)
        with frozen(self.discriminator):
            fakes = self._stages(noisy)
            each = [self._distances(fake, clean, level, batch["clean"]) for fake in fakes]
            losses = {name: _halving([one[name] for one in each]) for name in each[0]}
            if adversarial:
                logits, _ = self.discriminator(self._pairs(fakes, noisy))
                losses["adversarial"] = self.gan_loss.generator([one.float() for one in logits])
            self._update(optimizer, self._weighted(losses))
        self.record(**losses)

    def _stages(self, noisy: Tensor) -> list[Tensor]:
        """The network's output; of a network that works in stages, that of each."""
        if hasattr(self.network, "cleaned"):
            outputs: list[Tensor] = self.network.cleaned(noisy)
            return outputs
        return [self.network(noisy)]

    def _pairs(self, fakes: list[Tensor], noisy: Tensor) -> Tensor:
        """All stages' outputs, each beside the noisy signal: (stage * batch, 2, time)."""
        return torch.cat([torch.cat([fake, noisy], dim=1) for fake in fakes])

    def _distances(
        self, fake: Tensor, clean: Tensor, level: Tensor, plain_clean: Tensor
    ) -> dict[str, Tensor]:
        """The losses of one stage's output that need no discriminator."""
        losses = {"l1": l1(fake, clean)}
        if self.weights["stft"]:
            losses["stft"] = multi_resolution_stft(fake.float(), clean)
        wanted = [name for name in PLAIN_LOSSES if self.weights[name]]
        if wanted:
            plain = self.network.from_domain(fake.float(), level)
            losses |= {name: PLAIN_LOSSES[name](plain, plain_clean) for name in wanted}
        return losses

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


def _halving(values: list[Tensor]) -> Tensor:
    """The last value, half of the one before it, a quarter of that before, and so on, summed."""
    factors = [0.5 ** (len(values) - stage) for stage in range(1, len(values) + 1)]
    terms = [factor * value for factor, value in zip(factors, values, strict=True)]
    return torch.stack(terms).sum()


def _build(settings: Any, network: Any, data: Any, **common: Any) -> Objective:
    discriminator = build_discriminator(settings, window_samples=network.window_samples)
    return SEGANObjective(network, discriminator, **options_of(settings), **common)


OBJECTIVE = ObjectiveKind(SEGANSettings, _build, ("mixture", "paired"), "enhance")
