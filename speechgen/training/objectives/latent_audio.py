"""Training a variational autoencoder of waveforms: distortions of the wave, and the rate.

D. P. Kingma, M. Welling, arXiv:1312.6114, Eq. 8, with spectral distances in the place of the
reconstruction's log-density, so that the sum is no bound on log p(wave)::

    loss = sum of weight * distortion + weights.kl * max(0, KL(q(z | wave), N(0, I)) - free)

The KL is counted in nats per sample of the wave, its mean over the batch. ``free``, stated in bits
a second, costs nothing: the free bits of arXiv:1606.04934 (appendix C.8) with all latents as one
group, which leaves it to the encoder where to spend them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from speechgen.errors import ConfigError
from speechgen.losses import l1, multi_resolution_stft, negative_si_sdr
from speechgen.losses.mel import multi_resolution_mel, quartered
from speechgen.training.loop.optimisation import OptimizerSettings, build_optimizer
from speechgen.training.objectives.base import (
    Objective,
    ObjectiveKind,
    Panels,
    check_weights,
    options_of,
)
from speechgen.variational import DiagonalGaussian, standard_gaussian_kl, standard_noise

#: weight of each distortion; "si_sdr" is in dB, "l1" relative to the network's level
DISTORTIONS: dict[str, float] = {"stft": 1.0, "mel": 1.0, "l1": 0.5, "si_sdr": 0.03}
WINDOWS = (64, 128, 256, 512, 1024)


@dataclass(frozen=True)
class LatentAudioSettings:
    """See :class:`LatentAudioObjective`."""

    kind: str = "latent_audio"
    weights: dict[str, float] = field(default_factory=dict)
    free_bits_per_second: float = 0.0
    windows: tuple[int, ...] = WINDOWS
    optimizer: OptimizerSettings = field(
        default_factory=lambda: OptimizerSettings(warmup_steps=100, betas=(0.8, 0.99))
    )

    def __post_init__(self) -> None:
        check_windows(self.windows)
        if self.free_bits_per_second < 0.0:
            raise ConfigError(
                f"objective.free_bits_per_second: cannot be {self.free_bits_per_second}; give 0 or "
                "more"
            )


def check_windows(windows: tuple[int, ...]) -> None:
    """Refuse window lengths that have no hop of a quarter."""
    if not windows or any(window < 16 or window % 4 for window in windows):
        raise ConfigError(
            f"objective.windows: needs multiples of 4 from 16, in samples, not {list(windows)}"
        )


def distortions(
    network: Any, generated: Tensor, real: Tensor, windows: Sequence[int]
) -> dict[str, Tensor]:
    """How far ``generated`` waves (batch, 1, time) are from ``real`` ones, by loss.

    Parameters
    ----------
    network
        Tells sample rate and level.
    windows
        Window lengths of the spectra, in samples.
    """
    generated, real = generated.float(), real.float()
    resolutions = quartered(windows)
    rate = network.sample_rate
    return {
        "stft": multi_resolution_stft(generated, real, resolutions=resolutions),
        "mel": multi_resolution_mel(generated, real, sample_rate=rate, resolutions=resolutions),
        "l1": l1(generated, real) / network.level,
        "si_sdr": negative_si_sdr(generated, real),
    }


def kl_nats_per_sample(network: Any, posterior: DiagonalGaussian) -> Tensor:
    """KL(q, N(0, I)) summed over latents, the mean over frames and batch, for a sample's share."""
    kl = standard_gaussian_kl(posterior.mean.float(), posterior.log_variance.float())
    return kl.sum(dim=1).mean() / network.hop_samples


def bits_per_second(network: Any, nats_per_sample: Tensor) -> Tensor:
    """The same information in bits a second."""
    return nats_per_sample * (network.sample_rate / math.log(2.0))


def waves_of(batch: dict[str, Tensor]) -> Tensor:
    """The recordings of a batch, (batch, 1, time)."""
    return batch["wave"].unsqueeze(1)


class LatentAudioObjective(Objective):
    """Phase one: encoder and decoder together, without a discriminator.

    Batches hold "wave" (batch, time) and, where the network takes speaker vectors, "speaker"
    (batch, feature), of another utterance of the same voice: what only this utterance tells has to
    go through the latents, what the voice tells need not.

    Parameters
    ----------
    network
        Gives ``posterior(waves)`` and ``decode(latents, speaker_vectors)``.
    optimizer, gradient_clip_norm
        As of :class:`Objective`.
    weights
        Of the distortions and of "kl"; see ``known_weights``.
    free_bits_per_second
        Rate that costs nothing.
    windows
        Window lengths of the spectra compared, in samples.
    """

    known_weights: ClassVar = DISTORTIONS | {"kl": 10.0}

    def __init__(
        self,
        network: nn.Module,
        *,
        optimizer: OptimizerSettings,
        gradient_clip_norm: float | None = None,
        weights: dict[str, float] | None = None,
        free_bits_per_second: float = 0.0,
        windows: Sequence[int] = WINDOWS,
    ) -> None:
        super().__init__(network, optimizer=optimizer, gradient_clip_norm=gradient_clip_norm)
        self.weights = check_weights(weights or {}, self.known_weights)
        self.free_bits_per_second = free_bits_per_second
        self.windows = tuple(windows)

    def losses(
        self, batch: dict[str, Tensor], generator: torch.Generator | None = None
    ) -> tuple[dict[str, Tensor], Tensor]:
        """Unweighted losses by name, of which "kl" is what exceeds the free rate; and the rate.

        The rate is the whole KL in nats per sample. Latents are drawn from the posterior.
        """
        real = waves_of(batch)
        posterior = self.network.posterior(real)
        noise = standard_noise(tuple(posterior.mean.shape), posterior.mean, generator)
        generated = self.network.decode(posterior.sample(noise), batch.get("speaker"))
        losses = distortions(self.network, generated[..., : real.shape[2]], real, self.windows)
        rate = kl_nats_per_sample(self.network, posterior)
        free = self.free_bits_per_second * math.log(2.0) / self.network.sample_rate
        losses["kl"] = (rate - free).clamp_min(0.0)
        return losses, rate

    def training_step(self, batch: dict[str, Tensor], batch_index: int) -> Tensor:
        """The weighted sum; what is recorded is unweighted."""
        losses, rate = self.losses(batch)
        self.record(**losses, rate_bits_per_second=bits_per_second(self.network, rate))
        return torch.stack([self.weights[name] * value for name, value in losses.items()]).sum()

    def configure_optimizers(self) -> Any:
        """One optimiser over the whole network."""
        return build_optimizer(self.optimizer_settings, self.network.parameters())

    def validation_values(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Held-out distortions, their weighted sum, and the rate; always from the same noise."""
        losses, rate = self.losses(batch, torch.Generator().manual_seed(0))
        del losses["kl"]
        total = torch.stack([self.weights[name] * value for name, value in losses.items()]).sum()
        bits = bits_per_second(self.network, rate)
        return {**losses, "distortion": total, "rate_bits_per_second": bits}

    def panels(self, batch: dict[str, Tensor]) -> Panels:
        """The first crop, its reconstruction from the means, and a draw from the prior."""
        return latent_panels(self.network, batch)


def latent_panels(network: Any, batch: dict[str, Tensor]) -> Panels:
    """Waves (time,) to hear what a network of this kind has learned."""
    real = waves_of(batch)[:1]
    vectors = batch["speaker"][:1] if "speaker" in batch else None
    generator = torch.Generator().manual_seed(0)
    drawn = network.sample(
        1, num_samples=real.shape[2], generator=generator, speaker_vectors=vectors
    )
    return [
        ("recording", real[0, 0].float()),
        ("reconstruction", network.reconstruct(real, vectors)[0, 0].float()),
        ("from the prior", drawn[0, 0].float()),
    ]


def _build(settings: Any, network: nn.Module, data: Any, **common: Any) -> Objective:
    return LatentAudioObjective(network, **options_of(settings), **common)


OBJECTIVE = ObjectiveKind(LatentAudioSettings, _build, ("conditioned",), "generate")
