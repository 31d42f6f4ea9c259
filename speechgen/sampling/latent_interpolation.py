"""Interpolation between waveforms, and voices, in the latent space of an autoencoder.

Latents of two utterances have different numbers of frames. An interpolation has a number of frames
in between: both are stretched to it, linearly in time, and mixed::

    weight 0     |a a a a|            decode(latents(a)) exactly, as long as a
    weight 1/2   |m m m m m m|        half of each, of half-way length
    weight 1     |b b b b b b b b|    decode(latents(b)) exactly, as long as b
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from speechgen.errors import ConfigError, ModelError


def check_latents(network: Any) -> None:
    """Raise :class:`ModelError` for anything but an autoencoder of waveforms."""
    if not hasattr(network, "stream_decode"):
        raise ModelError(
            f"a {type(network).__name__} has no latents of speech; train an autoencoder of "
            "waveforms with experiment=vae1d"
        )


def stretch(latents: Tensor, num_frames: int) -> Tensor:
    """Latents (batch, latent, frame) at ``num_frames`` points, the ends on the ends."""
    if num_frames == latents.shape[2]:
        return latents
    return F.interpolate(latents, size=num_frames, mode="linear", align_corners=True)


def mix_latents(first: Tensor, second: Tensor, weight: float) -> Tensor:
    """``first`` at weight 0, ``second`` at weight 1, (batch, latent, frame) each, frames mixed."""
    num_frames = round((1.0 - weight) * first.shape[2] + weight * second.shape[2])
    pair = stretch(first, num_frames), stretch(second, num_frames)
    return torch.lerp(*pair, weight) if 0.0 < weight < 1.0 else pair[int(weight)]


@torch.no_grad()
def interpolate(
    network: Any,
    first: Tensor,
    second: Tensor,
    steps: int,
    *,
    speaker_vectors: tuple[Tensor, Tensor] | None = None,
) -> list[Tensor]:
    """Linear interpolations between the latents of two recordings, both ends included.

    Parameters
    ----------
    network
        A 1-D VAE: ``latents``, ``decode``.
    first, second
        Waves (batch, 1, time) of any two lengths, at the network's rate.
    steps
        Waves, 2 or more.
    speaker_vectors
        (batch, feature) of either, mixed likewise; None where the network takes none.

    Returns
    -------
    list of Tensor
        (batch, 1, time) each; the first is ``reconstruct(first)`` exactly, the last
        ``reconstruct(second)``, and lengths lie between theirs.

    Raises
    ------
    ConfigError
        Less than two steps.
    """
    if steps < 2:
        raise ConfigError(f"an interpolation needs 2 or more steps, not {steps}")
    ends = [network.latents(wave) for wave in (first, second)]
    lengths = first.shape[2], second.shape[2]
    waves = []
    for step in range(steps):
        weight = step / (steps - 1)
        latents = mix_latents(ends[0], ends[1], weight)
        vectors = None
        if speaker_vectors is not None:
            one, other = speaker_vectors
            vectors = torch.lerp(one, other, weight) if 0 < step < steps - 1 else (one, other)[
                int(weight)
            ]  # fmt: skip
        num_samples = round((1.0 - weight) * lengths[0] + weight * lengths[1])
        wave = network.decode(latents, vectors)
        waves.append(wave[..., : min(num_samples, wave.shape[2])])
    return waves
