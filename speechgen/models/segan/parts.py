"""Shared by SEGAN's networks: widths, the strided encoder, pre-emphasis and level."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import pad

from speechgen.features import deemphasis, preemphasis
from speechgen.layers import initialise, strided_down
from speechgen.shapes import Waves

PAPER_CHANNELS = (16, 32, 32, 64, 64, 128, 128, 256, 256, 512, 1024)
_REFERENCE_RMS = 0.1
_SILENCE = 1e-7


class EmphasisedDomain(nn.Module):
    """Level normalisation and pre-emphasis before a network, undone after it.

    A subclass has ``sample_rate``, ``window_samples``, ``preemphasis`` (coefficient, 0 for none),
    ``total_stride`` and a ``forward`` that keeps the shape of lengths divisible by that stride.
    """

    preemphasis: float
    total_stride: int

    def level(self, noisy: Waves) -> Float[Tensor, "batch 1 1"]:
        """The level :meth:`to_domain` divides by, so that the network input has one level.

        It brings the RMS to 0.1, or the peak to 1 where that asks for less gain.
        """
        rms = noisy.square().mean(dim=(1, 2), keepdim=True).sqrt() / _REFERENCE_RMS
        peak = noisy.abs().amax(dim=(1, 2), keepdim=True)
        return torch.maximum(rms, peak).clamp_min(_SILENCE)

    def to_domain(self, wave: Waves, level: Float[Tensor, "batch 1 1"]) -> Waves:
        """From the plain waveform to the network's domain: normalised and pre-emphasised."""
        return preemphasis(wave / level, self.preemphasis)

    def from_domain(self, signal: Waves, level: Float[Tensor, "batch 1 1"]) -> Waves:
        """The exact inverse of :meth:`to_domain`."""
        return deemphasis(signal, self.preemphasis) * level

    def enhance(self, noisy: Waves, latent: Tensor | None = None) -> Waves:
        """Clean plain waveforms (batch, 1, time) of any length; each example on its own.

        The level is taken out and put back, so ``enhance(g * x) == g * enhance(x)``. In evaluation
        mode z is zero unless given: the same input gives the same output.
        """
        num_samples = noisy.shape[-1]
        level = self.level(noisy)
        signal = pad(self.to_domain(noisy, level), (0, -num_samples % self.total_stride))
        return self.from_domain(self(signal, latent)[..., :num_samples].to(noisy.dtype), level)


def strided_encoder(
    in_channels: int, channels: Sequence[int], kernel_size: int, stride: int, slope: float
) -> list[nn.Conv1d]:
    """Strided convolutions from ``in_channels`` through all widths, initialised for ``slope``."""
    layers = []
    for out_channels in channels:
        layers.append(strided_down(in_channels, out_channels, kernel_size, stride))
        initialise(layers[-1], negative_slope=slope)
        in_channels = out_channels
    return layers


def checked_channels(channels: Sequence[int], stride: int, window_samples: int) -> tuple[int, ...]:
    """The widths as a tuple.

    Raises
    ------
    ValueError
        There are none, or the window is not a multiple of ``stride ** len(channels)``.
    """
    channels = tuple(int(width) for width in channels)
    if not channels or min(channels) < 1:
        raise ValueError(f"channels are {channels}; at least one positive width is needed")
    if window_samples < 1 or window_samples % stride ** len(channels):
        raise ValueError(
            f"window_samples {window_samples} is not a multiple of "
            f"{stride}**{len(channels)} = {stride ** len(channels)}"
        )
    return channels
