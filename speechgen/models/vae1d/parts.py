"""Encoder and decoder of the 1-D VAE: a non-causal encoder and a causal decoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from speechgen.causal.streaming_conv import (
    Chunk,
    ChunkedChain,
    ChunkedConv1d,
    ChunkedResidual,
    ChunkedUpsample,
    Outputs,
)
from speechgen.layers.centred import CentredConv1d
from speechgen.layers.residual1d import DownStage, quiet
from speechgen.layers.snake import Snake
from speechgen.shapes import Vectors

_FIRST_LOG_VARIANCE = -2.0  # posteriors begin narrower than the prior


class Encoder(nn.Sequential):
    """Waves (batch, 1, n * hop) to (batch, 2 * latent, n): means, then logarithms of variances.

    Parameters
    ----------
    strides, channels
        Of each stage, from the samples downwards.
    latent
        Latent dimensions of a frame.
    dilations
        Of the residual units of each stage.
    """

    def __init__(
        self, strides: Sequence[int], channels: Sequence[int], latent: int, dilations: Sequence[int]
    ) -> None:
        widths = [1, *channels]
        stages = [
            DownStage(widths[i], widths[i + 1], stride, dilations=dilations)
            for i, stride in enumerate(strides)
        ]
        last = CentredConv1d(widths[-1], 2 * latent, 3)
        super().__init__(*stages, Snake(widths[-1]), quiet(last))
        with torch.no_grad():
            last.bias[latent:] = _FIRST_LOG_VARIANCE  # type: ignore[index]


class Voice(nn.Module):
    """Scale and shift of every channel by a speaker vector (arXiv:1709.07871, Eq. 2).

    Without ``speaker_features`` it is the identity; with them it starts as one.
    """

    def __init__(self, speaker_features: int, channels: int) -> None:
        super().__init__()
        self.affine = nn.Linear(speaker_features, 2 * channels) if speaker_features else None
        if self.affine is not None:
            nn.init.zeros_(self.affine.weight)
            nn.init.zeros_(self.affine.bias)

    def forward(self, x: Chunk, vectors: Vectors | None) -> Chunk:
        """(batch, channel, time) in the voice of ``vectors`` (batch, feature)."""
        if self.affine is None:
            return x
        scale, shift = self.affine(vectors)[:, :, None].chunk(2, dim=1)
        return x * (1.0 + scale) + shift


class UpStage(nn.Module):
    """Residual units at a rate, in a voice, then up by ``stride``; over chunks.

    Parameters
    ----------
    in_channels, out_channels
        Widths before and after.
    stride
        Outputs for one input.
    dilations
        Of the residual units.
    speaker_features
        Size of the speaker vector; 0 for none.
    gain
        Of the initial weights of the upsampling.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        stride: int,
        *,
        dilations: Sequence[int],
        speaker_features: int,
        gain: float = 1.0,
    ) -> None:
        super().__init__()
        self.voice = Voice(speaker_features, in_channels)
        units = [
            ChunkedResidual(in_channels, Snake(in_channels), Snake(in_channels), dilation=dilation)
            for dilation in dilations
        ]
        self.units = ChunkedChain(units)
        self.snake = Snake(in_channels)
        self.up = ChunkedUpsample(in_channels, out_channels, stride, gain=gain)

    def initial_state(self, batch: int) -> tuple[Any, ...]:
        """The state after zeros only."""
        return self.units.initial_state(batch), self.up.initial_state(batch)

    def stream(
        self, x: Chunk, state: tuple[Any, ...], vectors: Vectors | None
    ) -> tuple[Outputs, tuple[Any, ...]]:
        """(batch, in_channels, n) -> (batch, out_channels, n * stride), and the state after."""
        x, units = self.units.stream(self.voice(x, vectors), state[0])
        x, up = self.up.stream(self.snake(x), state[1])
        return x, (units, up)


class Decoder(nn.Module):
    """Latents (batch, latent, n) to waves (batch, 1, n * hop): the encoder's stages backwards.

    Sample t depends on the latents of frames up to t // hop only. Parameters as of
    :class:`Encoder`, and ``speaker_features`` as of :class:`UpStage`.
    """

    def __init__(
        self,
        strides: Sequence[int],
        channels: Sequence[int],
        latent: int,
        dilations: Sequence[int],
        speaker_features: int,
    ) -> None:
        super().__init__()
        widths = [1, *channels]
        self.first = ChunkedConv1d(latent, widths[-1], 3)
        self.stages = nn.ModuleList(
            UpStage(
                widths[i + 1],
                widths[i],
                strides[i],
                dilations=dilations,
                speaker_features=speaker_features,
                gain=1.0 if i else 0.3,
            )
            for i in reversed(range(len(strides)))
        )

    def initial_state(self, batch: int) -> tuple[Any, ...]:
        """The state after zeros only."""
        stages: Any = self.stages
        return self.first.initial_state(batch), *(stage.initial_state(batch) for stage in stages)

    def stream(
        self, latents: Chunk, state: tuple[Any, ...], vectors: Vectors | None
    ) -> tuple[Outputs, tuple[Any, ...]]:
        """The samples of the next frames, and the state after."""
        stages: Any = self.stages
        x, first = self.first.stream(latents, state[0])
        after: list[Any] = [first]
        for stage, one in zip(stages, state[1:], strict=True):
            x, one = stage.stream(x, one, vectors)
            after.append(one)
        return x, tuple(after)
