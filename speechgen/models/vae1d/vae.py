"""A variational autoencoder of waveforms: a Gaussian latent for each frame, decoded causally.

D. P. Kingma, M. Welling, arXiv:1312.6114, over time: the encoder brings a wave down to frames of
``hop_samples``, q(z | wave) = N(mean, exp(log_variance)) for each frame, the prior is N(0, I)::

    wave --> encoder --> mean, log_variance --> z = mean + sigma * noise --> decoder --> wave
                                                                                ^
                                                              speaker vector ---'

The encoder is not causal; the decoder's sample t depends on frames up to t // hop_samples only, so
that it can be run in chunks (:meth:`VAE1d.stream_decode`) with no delay beyond the frame. Only the
decoder is conditioned on the speaker, so latents need not hold the voice. Stages as in the
autoencoders of N. Zeghidour et al., arXiv:2107.03312 (section III), with the snake activation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from speechgen.errors import ConfigError, ModelError
from speechgen.models.vae1d.parts import Decoder, Encoder
from speechgen.shapes import Vectors, Waves
from speechgen.variational import DiagonalGaussian, standard_noise

Latents = Float[Tensor, "batch latent frame"]


@dataclass(frozen=True)
class DecoderState:
    """The decoder's state between chunks: that of its parts, and the speaker vectors."""

    parts: tuple[Any, ...]
    vectors: Tensor | None


class VAE1d(nn.Module):
    """Waveforms of any length to latents at the frame rate, and back.

    Parameters
    ----------
    sample_rate
        Hz.
    strides, channels
        Of the stages, from the samples downwards; the product of the strides is the hop.
    latent
        Latent dimensions of a frame.
    dilations
        Of the residual units of each stage.
    level
        About the root mean square of the waves: the network works on waves divided by it.
    speaker_features
        Size of the decoder's speaker vectors; 0 for none.
    speakers
        Names of the rows of ``speaker_table``, so that a voice can be chosen by name.

    Examples
    --------
    >>> VAE1d(strides=(4, 4), channels=(8, 8), latent=2).hop_samples
    16
    """

    speaker_table: Tensor

    def __init__(
        self,
        *,
        sample_rate: int = 16000,
        strides: Sequence[int] = (5, 4, 4, 4),
        channels: Sequence[int] = (32, 64, 128, 192),
        latent: int = 32,
        dilations: Sequence[int] = (1, 3, 9),
        level: float = 0.1,
        speaker_features: int = 0,
        speakers: Sequence[str] = (),
    ) -> None:
        super().__init__()
        if not strides or len(strides) != len(channels) or min(strides) < 2:
            raise ConfigError(
                f"strides {list(strides)} and channels {list(channels)} must be as many, the "
                "strides 2 or more"
            )
        if min(*channels, *dilations, latent) < 1 or not level > 0.0 or speaker_features < 0:
            raise ConfigError("channels, dilations and latent must be 1 or more, level above 0")
        if len(set(speakers)) < len(speakers) or (speakers and not speaker_features):
            raise ConfigError("speakers must have distinct names and speaker_features above 0")
        self.sample_rate, self.hop_samples = sample_rate, math.prod(strides)
        self.latent, self.level = latent, float(level)
        self.speaker_features, self.speakers = speaker_features, list(speakers)
        self.encoder = Encoder(strides, channels, latent, dilations)
        self.decoder = Decoder(strides, channels, latent, dilations, speaker_features)
        self.register_buffer("speaker_table", torch.zeros(len(speakers), speaker_features))

    @property
    def frame_rate(self) -> float:
        """Frames a second."""
        return self.sample_rate / self.hop_samples

    def speaker_vector(self, name: str) -> Tensor:
        """The row of ``speaker_table`` called ``name``: (feature,)."""
        if name not in self.speakers:
            known = ", ".join(self.speakers) or "none"
            raise ModelError(f"unknown voice {name!r}; this model has: {known}")
        return self.speaker_table[self.speakers.index(name)]

    # -- waves and latents --------------------------------------------------------------------

    def posterior(self, waves: Waves) -> DiagonalGaussian:
        """q(z | wave) over latents (batch, latent, ceil(time / hop)).

        Zeros follow a wave that is not a whole number of frames.
        """
        if waves.dim() != 3 or waves.shape[1] != 1 or not waves.shape[2]:
            raise ModelError(f"waves must be (batch, 1, time), not {tuple(waves.shape)}")
        padded = F.pad(waves / self.level, (0, -waves.shape[2] % self.hop_samples))
        return DiagonalGaussian.from_params(self.encoder(padded))

    def latents(self, waves: Waves, speaker_vectors: Vectors | None = None) -> Latents:
        """Posterior means; the encoder is not conditioned on the speaker."""
        return self.posterior(waves).mean

    def decode(self, latents: Latents, speaker_vectors: Vectors | None = None) -> Waves:
        """The wave of whole frames, (batch, 1, frame * hop)."""
        state = self.initial_state(latents.shape[0], speaker_vectors)
        return self.stream_decode(latents, state)[0]

    def reconstruct(
        self,
        waves: Waves,
        speaker_vectors: Vectors | None = None,
        *,
        generator: torch.Generator | None = None,
    ) -> Waves:
        """Decoded posterior means, or decoded draws of the posterior by ``generator``."""
        posterior = self.posterior(waves)
        z = posterior.mean
        if generator is not None:
            z = posterior.sample(standard_noise(z.shape, z, generator))
        return self.decode(z, speaker_vectors)[..., : waves.shape[2]]

    def sample(
        self,
        num_waves: int,
        *,
        num_samples: int,
        generator: torch.Generator,
        speaker_vectors: Vectors | None = None,
        temperature: float = 1.0,
    ) -> Waves:
        """Waves (num_waves, 1, num_samples) of latents from the prior."""
        shape = (num_waves, self.latent, -(-num_samples // self.hop_samples))
        z = temperature * standard_noise(shape, self.speaker_table, generator)
        return self.decode(z, speaker_vectors)[..., :num_samples]

    # -- in chunks ----------------------------------------------------------------------------

    def initial_state(self, batch: int, speaker_vectors: Vectors | None = None) -> DecoderState:
        """The decoder before the first frame of ``batch`` waves, conditioned on their voices."""
        if not self.speaker_features:
            if speaker_vectors is not None:
                raise ModelError("this model takes no speaker vectors; leave them out")
        elif speaker_vectors is None:
            raise ModelError(f"this model needs speaker vectors (batch, {self.speaker_features})")
        elif speaker_vectors.shape != (batch, self.speaker_features):
            raise ModelError(
                f"speaker vectors must be {(batch, self.speaker_features)}, not "
                f"{tuple(speaker_vectors.shape)}"
            )
        return DecoderState(self.decoder.initial_state(batch), speaker_vectors)

    def stream_decode(self, latents: Latents, state: DecoderState) -> tuple[Waves, DecoderState]:
        """The samples of the next frames (batch, latent, k): (batch, 1, k * hop), and the state.

        Chunks of any k give, one after the other, what :meth:`decode` gives for the whole.
        """
        if latents.dim() != 3 or latents.shape[1] != self.latent or not latents.shape[2]:
            raise ModelError(
                f"latents must be (batch, {self.latent}, frame), not {tuple(latents.shape)}"
            )
        wave, parts = self.decoder.stream(latents, state.parts, state.vectors)
        return self.level * wave, DecoderState(parts, state.vectors)
