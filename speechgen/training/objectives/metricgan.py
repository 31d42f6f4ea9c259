"""Training an enhancer against a discriminator that learns to predict PESQ.

S.-W. Fu et al., "MetricGAN", arXiv:1905.04874, as in CMGAN (arXiv:2203.15149, section II-C): the
discriminator learns the PESQ of (estimate, target) pairs, and the enhancer raises the prediction,
beside distances of spectra and waveforms. Everything is taken of plain waveforms, after the
inverse transform, so that estimates are scored as consistent spectra.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from speechgen.adversarial import GANSchedule, frozen
from speechgen.adversarial.metric import (
    PESQ_RANGE,
    metric_discriminator_loss,
    metric_generator_loss,
    normalised_pesq,
)
from speechgen.errors import ConfigError
from speechgen.losses import (
    compressed_spectrum,
    l1,
    log_likelihood_ratio,
    multi_resolution_stft,
    negative_segmental_snr,
    negative_si_sdr,
    perceptual_disturbance,
)
from speechgen.training.loop import processes
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.objectives.base import Objective, ObjectiveKind, Panels, options_of
from speechgen.training.objectives.gan import GANObjective, build_discriminator
from speechgen.training.settings import ModelSettings

LOSSES: dict[str, Any] = {
    "compressed": compressed_spectrum,
    "perceptual": perceptual_disturbance,
    "envelope": log_likelihood_ratio,
    "si_sdr": negative_si_sdr,
    "segmental_snr": negative_segmental_snr,
    "stft": multi_resolution_stft,
    "l1": l1,
}


@dataclass(frozen=True)
class MetricGANSettings:
    """See :class:`MetricGANObjective`."""

    kind: str = "metricgan"
    discriminator: ModelSettings = field(
        default_factory=partial(ModelSettings, "metric_discriminator")
    )
    weights: dict[str, float] = field(default_factory=dict)
    schedule: GANSchedule = field(default_factory=GANSchedule)
    discriminator_rate: float = 1.0
    scored_examples: int = 4
    optimizer: OptimizerSettings = field(
        default_factory=lambda: OptimizerSettings(
            warmup_steps=200, final_ratio=0.02, weight_decay=1e-4, betas=(0.9, 0.98)
        )
    )


class MetricGANObjective(GANObjective):
    """An enhancer against a learnt metric.

    Batches hold "clean" and "noisy", (batch, 1, time) at 16 kHz, half a second or more. The
    discriminator's ``forward((estimate, target) pairs (batch, 2, time))`` gives (logits, features).

    Parameters
    ----------
    network, discriminator, optimizer, gradient_clip_norm, weights, schedule, discriminator_rate
        As for :class:`GANObjective`. Losses are "adversarial" (weight 1) and those of
        :data:`LOSSES`: "compressed" (60), "perceptual" (0.4), in minus decibels "si_sdr" (0.03) and
        "segmental_snr" (0.03), "envelope" (0), "stft" (0), "l1" (0).
    scored_examples
        Estimates of each batch whose PESQ is computed for the discriminator; what that costs is
        most of the cost of its step.
    """

    likes_bf16_on_cpu = True
    known_weights: ClassVar = {
        "adversarial": 1.0,
        "compressed": 60.0,
        "perceptual": 0.4,
        "envelope": 0.0,
        "si_sdr": 0.03,
        "segmental_snr": 0.03,
        "stft": 0.0,
        "l1": 0.0,
    }

    def __init__(
        self,
        network: nn.Module,
        discriminator: nn.Module,
        *,
        scored_examples: int = 4,
        **options: Any,
    ) -> None:
        super().__init__(network, discriminator, **options)
        if scored_examples < 1:
            raise ConfigError(f"objective.scored_examples: needs at least 1, not {scored_examples}")
        self.scored_examples = scored_examples

    def _discriminator_step(self, batch: dict[str, Tensor]) -> None:
        """Learn the true scores of a few estimates, and that targets are perfect."""
        optimizer = self._optimizer_of(1)
        clean, noisy = (batch[name][: self.scored_examples] for name in ("clean", "noisy"))
        with torch.no_grad(), frozen(self.network):
            fake = self.network(noisy).float()
        scores = _true_scores(fake, clean)
        heard = torch.isfinite(scores)
        found = heard.sum().float()
        everywhere = processes.summed(found)
        if not everywhere:
            return
        if found:
            clean, fake, scores = clean[heard], fake[heard], scores[heard]
        else:  # another process has something to learn from: take part in its step, weighing 0
            scores = torch.zeros_like(scores)
        pairs = torch.cat([torch.cat([fake, clean], dim=1), torch.cat([clean, clean], dim=1)])
        wanted = torch.cat([scores, torch.ones_like(scores)])
        with _full_precision(clean):
            (logits,), _ = self.discriminator(pairs)
            loss = metric_discriminator_loss(logits, wanted)
        if found:
            self.record(discriminator=loss)
        self._update(optimizer, loss * found * processes.count() / everywhere)

    def _generator_step(self, batch: dict[str, Tensor], adversarial: bool) -> None:
        optimizer = self._optimizer_of(0)
        clean = batch["clean"]
        with frozen(self.discriminator):
            fake = self.network(batch["noisy"]).float()
            with _full_precision(clean):
                losses = {
                    name: loss(fake, clean) for name, loss in LOSSES.items() if self.weights[name]
                }
                if adversarial:
                    (logits,), _ = self.discriminator(torch.cat([fake, clean], dim=1))
                    losses["adversarial"] = metric_generator_loss(logits)
                self._update(optimizer, self._weighted(losses))
        self.record(**losses)

    def validation_values(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """PESQ and SI-SDR (dB) of the enhanced crops, and the SI-SDR gained over the noisy ones.

        Crops in which PESQ finds no speech do not count in its mean.
        """
        clean, noisy = batch["clean"], batch["noisy"]
        enhanced = self.network.enhance(noisy).float()
        after = -negative_si_sdr(enhanced, clean)
        gain = after + negative_si_sdr(noisy, clean)
        with _full_precision(clean):
            disturbance = perceptual_disturbance(enhanced, clean)
        low, high = PESQ_RANGE
        return {
            "pesq": low + (high - low) * _true_scores(enhanced, clean).nanmean(),
            "perceptual": disturbance,
            "si_sdr": after,
            "si_sdr_gain": gain,
        }

    def panels(self, batch: dict[str, Tensor]) -> Panels:
        """Noisy, enhanced and clean."""
        enhanced = self.network.enhance(batch["noisy"][:1])
        waves = {"noisy": batch["noisy"], "enhanced": enhanced, "clean": batch["clean"]}
        return [(name, wave[0, 0].float()) for name, wave in waves.items()]


def _full_precision(like: Tensor) -> torch.autocast:
    """Spectra and sums of losses are not for 8 bits of mantissa."""
    return torch.autocast(like.device.type, enabled=False)


def _true_scores(estimates: Tensor, targets: Tensor) -> Tensor:
    """Normalised PESQ (batch,) of (batch, 1, time) at 16 kHz; NaN where it finds no speech."""
    from speechgen.metrics import pesq_wb

    scores = []
    for estimate, target in zip(estimates[:, 0].cpu(), targets[:, 0].cpu(), strict=True):
        try:
            score = pesq_wb(target.numpy(), estimate.float().numpy(), 16000)
            scores.append(float(normalised_pesq(score)))
        except ValueError:
            scores.append(float("nan"))
    return torch.tensor(scores, device=estimates.device)


def _build(settings: Any, network: Any, data: Any, **common: Any) -> Objective:
    discriminator = build_discriminator(settings, sample_rate=network.sample_rate)
    return MetricGANObjective(network, discriminator, **options_of(settings), **common)


OBJECTIVE = ObjectiveKind(MetricGANSettings, _build, ("mixture", "paired"), "enhance")
