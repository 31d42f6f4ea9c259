"""Adversarial training of a parallel vocoder: frames and noise to waves like the recordings.

R. Yamamoto et al., "Parallel WaveGAN", arXiv:1910.11480: the multi-resolution STFT loss (equation
6) plus ``weights.adversarial`` times the least-squares term (equation 7), the discriminator joining
after a warm-up. Both networks work on pre-emphasised waveforms, where the generator has that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from speechgen.adversarial import frozen
from speechgen.adversarial.feature_matching import feature_matching
from speechgen.errors import ConfigError
from speechgen.losses import multi_resolution_stft
from speechgen.losses.mel import multi_resolution_mel, quartered
from speechgen.losses.periodicity import periodicity_distance
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.objectives.base import Objective, ObjectiveKind, Panels, options_of
from speechgen.training.objectives.gan import GANObjective, GANSettings, build_discriminator
from speechgen.training.objectives.likelihood import batch_conditions_of
from speechgen.training.settings import ModelSettings, PathText

_MEL_RESOLUTIONS = quartered((256, 512, 1024, 2048))


@dataclass(frozen=True)
class VocoderSettings(GANSettings):
    """See :class:`VocoderObjective`; the paper's discriminator learns half as fast.

    ``frames_from`` is the model directory of a converter whose mel takes the place of the
    recordings' (:class:`PredictedFrames`); the data then needs ``speaker_vectors``.
    """

    kind: str = "vocoder"
    discriminator: ModelSettings = field(
        default_factory=partial(ModelSettings, "parallel_wavegan_discriminator")
    )
    gan_loss: str = "least_squares"
    discriminator_rate: float = 0.5
    frames_from: PathText | None = None
    optimizer: OptimizerSettings = field(
        default_factory=lambda: OptimizerSettings(
            name="adam", learning_rate=1e-4, schedule="exponential"
        )
    )


class VocoderObjective(GANObjective):
    """A vocoder against a discriminator of waves.

    Batches hold "wave" (batch, time) and "local" (batch, feature, frame). The generator has
    ``forward(noise (batch, 1, time), conditions)`` in its own domain, and ``to_domain`` and
    ``from_domain`` between that and plain waveforms. The discriminator scores waves of its domain.

    The generator's losses are "stft" (weight 1) and "adversarial" (8: the paper's 4, as the
    least-squares term here has the factor 1/2 of its own paper, which this one leaves out); and
    "mel" and "feature_matching" (0, as in HiFi-GAN, arXiv:2010.05646, section 2.4), "periodicity"
    (0; see :func:`speechgen.losses.periodicity.periodicity_distance`).
    Parameters are those of :class:`GANObjective`, and ``frames``, which makes a batch of a batch.
    """

    likes_bf16_on_cpu = True
    known_weights: ClassVar = {
        "stft": 1.0,
        "mel": 0.0,
        "periodicity": 0.0,
        "adversarial": 8.0,
        "feature_matching": 0.0,
    }

    def __init__(
        self, network: Any, discriminator: Any, *, frames: Any = None, **common: Any
    ) -> None:
        super().__init__(network, discriminator, **common)
        self.frames = frames or nn.Identity()

    def training_step(self, batch: dict[str, Tensor], batch_index: int) -> None:
        """As in :class:`GANObjective`."""
        super().training_step(self.frames(batch), batch_index)

    def _discriminator_step(self, batch: dict[str, Tensor]) -> None:
        optimizer = self._optimizer_of(1)
        real = self._real(batch)
        with torch.no_grad(), frozen(self.network):
            fake = self._fake(batch)
        loss = self._discriminator_loss(real, fake)
        self._update(optimizer, loss)
        self.record(discriminator=loss)

    def _generator_step(self, batch: dict[str, Tensor], adversarial: bool) -> None:
        optimizer = self._optimizer_of(0)
        with frozen(self.discriminator):
            fake, real = self._fake(batch), self._real(batch)
            losses = self._distances(fake.float(), real)
            if adversarial:
                logits, maps = self.discriminator(fake)
                losses["adversarial"] = self.gan_loss.generator([one.float() for one in logits])
                if self.weights["feature_matching"]:
                    with torch.no_grad():
                        _, wanted = self.discriminator(real)
                    losses["feature_matching"] = feature_matching(wanted, maps)
            self._update(optimizer, self._weighted(losses))
        self.record(**losses)

    def _distances(self, fake: Tensor, real: Tensor) -> dict[str, Tensor]:
        """Distances of spectra, those that have a weight."""
        losses, rate = {}, self.network.sample_rate
        with torch.autocast(fake.device.type, enabled=False):
            if self.weights["stft"]:
                losses["stft"] = multi_resolution_stft(fake, real)
            if self.weights["mel"]:
                losses["mel"] = multi_resolution_mel(
                    fake, real, sample_rate=rate, resolutions=_MEL_RESOLUTIONS
                )
            if self.weights["periodicity"]:
                losses["periodicity"] = periodicity_distance(fake, real, rate)
        return losses

    def _real(self, batch: dict[str, Tensor]) -> Tensor:
        """The recordings in the network's domain, (batch, 1, time)."""
        real: Tensor = self.network.to_domain(batch["wave"].unsqueeze(1))
        return real

    def _fake(self, batch: dict[str, Tensor], generator: torch.Generator | None = None) -> Tensor:
        """The network's waves from noise, (batch, 1, time); new noise at every call."""
        wave = batch["wave"]
        shape = (wave.shape[0], 1, self.network.noise_samples(wave.shape[1]))
        if generator is None:
            noise = torch.randn(shape, device=wave.device)
        else:
            noise = torch.randn(shape, generator=generator).to(wave.device)
        fake: Tensor = self.network(noise, batch_conditions_of(batch))
        return fake

    def validation_values(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Distances of spectra of held-out crops, always from the same noise."""
        batch = self.frames(batch)
        fake = self._fake(batch, torch.Generator().manual_seed(0)).float()
        return self._distances(fake, self._real(batch))

    def panels(self, batch: dict[str, Tensor]) -> Panels:
        """The first crop, and the wave generated from its frames."""
        one = self.frames({key: value[:1] for key, value in batch.items()})
        fake = self._fake(one, torch.Generator().manual_seed(0)).float()
        generated = self.network.from_domain(fake)
        return [("recording", one["wave"][0].float()), ("generated", generated[0, 0])]


def _arguments(settings: Any, of_the_data: dict[str, Any]) -> dict[str, Any]:
    """What the data says, but of the voices where they are the converter's business."""
    voices = ("speaker_features", "speakers", "speaker_f0_hz") if settings.frames_from else ()
    return {name: value for name, value in of_the_data.items() if name not in voices}


def _build(settings: Any, network: Any, data: Any, **common: Any) -> Objective:
    discriminator = build_discriminator(settings, input_level=network.output_level)
    frames = None
    if settings.frames_from is not None:
        from speechgen.training.objectives.predicted_frames import PredictedFrames

        if data.speaker_vectors is None:
            raise ConfigError("objective.frames_from needs data.speaker_vectors=FILE")
        frames = PredictedFrames(settings.frames_from)
    options = options_of(settings, "frames_from")
    return VocoderObjective(network, discriminator, frames=frames, **options, **common)


OBJECTIVE = ObjectiveKind(
    VocoderSettings, _build, ("conditioned",), "synthesize", arguments=_arguments
)
