"""The VAE-GAN: A. Larsen et al., arXiv:1512.09300, Algorithm 1.

Three networks. The likelihood is that of the discriminator's last feature maps, a Gaussian of
variance 1 around those of the reconstruction (equations 7 and 8), the losses are

    encoder         rate + distortion
    decoder         gamma distortion + the generator's loss for reconstructions and for samples
    discriminator   its own, for originals against reconstructions and samples

so the encoder gets no gradient of the adversarial loss, and the discriminator none of the
distortion.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor

from speechgen.adversarial import frozen
from speechgen.images.training.bidirectional_gan import (
    BidirectionalGANObjective,
    BidirectionalGANSettings,
)
from speechgen.images.training.gan import Example, builder
from speechgen.training.loop.optimisation import build_optimizer
from speechgen.training.objectives.base import ObjectiveKind
from speechgen.training.settings import ModelSettings
from speechgen.variational import DiagonalGaussian, Evidence, evidence, weighted_loss

_DECODER, _DISCRIMINATOR, _ENCODER = range(3)


@dataclass(frozen=True)
class VAEGANSettings(BidirectionalGANSettings):
    """See :class:`VAEGANObjective`."""

    kind: str = "vae_gan"
    discriminator: ModelSettings = field(
        default_factory=partial(ModelSettings, "dcgan_discriminator")
    )


class VAEGANObjective(BidirectionalGANObjective):
    """Steps of encoder, decoder and discriminator.

    Parameters are those of :class:`ImageGANObjective`. Weights: "adversarial" (1) and "distortion"
    (0.01, the paper's gamma) of the decoder's loss, "rate" (1) of the encoder's.
    """

    known_weights: ClassVar = {"adversarial": 1.0, "distortion": 0.01, "rate": 1.0}

    def configure_optimizers(self) -> Any:
        """Decoder, discriminator, encoder."""
        networks = (self.network.decoder, self.discriminator, self.network.encoder)
        return [build_optimizer(self.optimizer_settings, one.parameters()) for one in networks]

    def _fake(
        self, batch: dict[str, Tensor], generator: torch.Generator | None = None
    ) -> tuple[Example, Tensor]:
        """Reconstructions, then as many samples; and the latents of both."""
        (images,) = self._real(batch)
        with torch.no_grad(), frozen(self.network.encoder):
            inferred = self._inferred(images, generator)
        drawn = self.network.draw(len(images), generator=generator)
        latents = torch.cat([inferred, drawn])
        return (self.network(latents),), latents

    def _generator_step(self, batch: dict[str, Tensor], adversarial: bool) -> None:
        """The encoder's step, then the decoder's."""
        with frozen(self.discriminator, self.network.decoder):
            parts = self._evidence(batch)
            loss = weighted_loss(parts, kl_weight=self.weights["rate"])
            self._update(self._optimizer_of(_ENCODER), loss)
        self.record(rate_nats=parts.rate_nats.mean(), distortion=parts.distortion_nats.mean())
        with frozen(self.discriminator, self.network.encoder):
            distortion = self._evidence(batch).distortion_nats.mean()
            total = self.weights["distortion"] * distortion
            if adversarial:
                loss = self.gan_loss.generator(self._logits(self._fake(batch)[0]))
                total = total + self.weights["adversarial"] * loss
                self.record(adversarial=loss)
            self._update(self._optimizer_of(_DECODER), total)

    def _evidence(self, batch: dict[str, Tensor]) -> Evidence:
        """The bound on the evidence of the discriminator's features, from one draw an image."""
        (images,) = self._real(batch)
        wanted = self._features(images)

        def log_likelihood(latents: Tensor) -> Tensor:
            seen = self._features(self.network(latents[0]))
            return DiagonalGaussian(seen, torch.zeros_like(seen)).log_prob(wanted).sum(1)[None]

        posterior = self.network.posterior(images)
        prior = DiagonalGaussian.standard_like(posterior.mean)
        noise = torch.randn(1, *posterior.mean.shape).to(images)
        return evidence(posterior, prior, log_likelihood, noise)

    def _features(self, images: Tensor) -> Tensor:
        """The last feature maps of the first discriminator, (batch, feature)."""
        features: Tensor = self.discriminator(images)[1][0][-1].flatten(1).float()
        return features


OBJECTIVE = ObjectiveKind(VAEGANSettings, builder(VAEGANObjective), ("images",), "generate")
