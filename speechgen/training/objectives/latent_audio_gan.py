"""The second phase of a waveform autoencoder: its decoder against discriminators.

A. B. L. Larsen et al., "Autoencoding beyond pixels", arXiv:1512.09300: a VAE whose decoder is a
GAN's generator, trained with the discriminator's features beside its logits. The encoder stays as
phase one left it unless ``frozen_encoder`` is false: the rate is then that of phase one to the
bit, and what changes is the decoder's output. The distortions of phase one stay in the sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from speechgen.adversarial import frozen
from speechgen.adversarial.feature_matching import feature_matching
from speechgen.training.loop.optimisation import OptimizerSettings, build_optimizer
from speechgen.training.objectives.base import Objective, ObjectiveKind, Panels, options_of
from speechgen.training.objectives.gan import GANObjective, GANSettings, build_discriminator
from speechgen.training.objectives.latent_audio import (
    DISTORTIONS,
    WINDOWS,
    bits_per_second,
    check_windows,
    distortions,
    kl_nats_per_sample,
    latent_panels,
    waves_of,
)
from speechgen.training.settings import ModelSettings
from speechgen.variational import DiagonalGaussian, standard_noise


@dataclass(frozen=True)
class LatentAudioGANSettings(GANSettings):
    """See :class:`LatentAudioGANObjective`."""

    kind: str = "latent_audio_gan"
    discriminator: ModelSettings = field(
        default_factory=partial(ModelSettings, "wave_discriminator")
    )
    gan_loss: str = "hinge"
    frozen_encoder: bool = True
    windows: tuple[int, ...] = WINDOWS
    optimizer: OptimizerSettings = field(
        default_factory=lambda: OptimizerSettings(
            learning_rate=4e-4, warmup_steps=50, betas=(0.8, 0.99)
        )
    )

    def __post_init__(self) -> None:
        check_windows(self.windows)


class LatentAudioGANObjective(GANObjective):
    """Phase two: reconstructions are the fakes, recordings the real ones.

    Batches as of :class:`speechgen.training.objectives.latent_audio.LatentAudioObjective`.

    Parameters
    ----------
    network, discriminator
        ``network`` has ``encoder`` and ``decoder``, and gives ``posterior`` and
        ``decode``.
    frozen_encoder
        Whether only the decoder learns; otherwise "kl", the whole rate, is among the losses.
    windows
        As of phase one.
    options
        Those of :class:`GANObjective`. With both "adversarial" and "feature" at weight 0 the same
        steps are done without a discriminator.
    """

    known_weights: ClassVar = DISTORTIONS | {"kl": 1.0, "adversarial": 0.5, "feature": 1.0}

    def __init__(
        self,
        network: nn.Module,
        discriminator: nn.Module,
        *,
        frozen_encoder: bool = True,
        windows: Sequence[int] = WINDOWS,
        **options: Any,
    ) -> None:
        super().__init__(network, discriminator, **options)
        self.frozen_encoder = frozen_encoder
        self.windows = tuple(windows)

    def _discriminator_step(self, batch: dict[str, Tensor]) -> None:
        optimizer = self._optimizer_of(1)
        with torch.no_grad(), frozen(self.network):
            fake, _ = self._fake(batch)
        loss = self._discriminator_loss(waves_of(batch), fake)
        self._update(optimizer, loss)
        self.record(discriminator=loss)

    def _generator_step(self, batch: dict[str, Tensor], adversarial: bool) -> None:
        optimizer = self._optimizer_of(0)
        real = waves_of(batch)
        with frozen(self.discriminator):
            fake, posterior = self._fake(batch)
            losses = distortions(self.network, fake, real, self.windows)
            rate = kl_nats_per_sample(self.network, posterior)
            if not self.frozen_encoder:
                losses["kl"] = rate
            if adversarial:
                with torch.no_grad():
                    _, wanted = self.discriminator(real)
                logits, features = self.discriminator(fake)
                losses["adversarial"] = self.gan_loss.generator(logits)
                losses["feature"] = feature_matching(wanted, features)
            self._update(optimizer, self._weighted(losses))
        self.record(**losses, rate_bits_per_second=bits_per_second(self.network, rate))

    def _fake(
        self, batch: dict[str, Tensor], generator: torch.Generator | None = None
    ) -> tuple[Tensor, DiagonalGaussian]:
        """Reconstructions (batch, 1, time) from draws of the posterior; and the posterior."""
        real = waves_of(batch)
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.frozen_encoder):
            posterior = self.network.posterior(real)
            noise = standard_noise(tuple(posterior.mean.shape), posterior.mean, generator)
            latents = posterior.sample(noise)
        fake = self.network.decode(latents, batch.get("speaker"))[..., : real.shape[2]]
        return fake, posterior

    def configure_optimizers(self) -> Any:
        """One for the decoder, or for the whole network; and one for the discriminator."""
        generator = self.network.decoder if self.frozen_encoder else self.network
        both = (generator, self.discriminator)
        return [build_optimizer(self.optimizer_settings, one.parameters()) for one in both]

    def validation_values(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Held-out distortions, their weighted sum, and the rate; always from the same noise."""
        fake, posterior = self._fake(batch, torch.Generator().manual_seed(0))
        losses = distortions(self.network, fake, waves_of(batch), self.windows)
        rate = bits_per_second(self.network, kl_nats_per_sample(self.network, posterior))
        return {**losses, "distortion": self._weighted(losses), "rate_bits_per_second": rate}

    def panels(self, batch: dict[str, Tensor]) -> Panels:
        """The first crop, its reconstruction from the means, and a draw from the prior."""
        return latent_panels(self.network, batch)


def _build(settings: Any, network: Any, data: Any, **common: Any) -> Objective:
    discriminator = build_discriminator(settings, input_level=network.level)
    return LatentAudioGANObjective(network, discriminator, **options_of(settings), **common)


OBJECTIVE = ObjectiveKind(LatentAudioGANSettings, _build, ("conditioned",), "generate")
