"""Input layer, output head and stream decoder of a WaveNet."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from speechgen.causal import CausalEmbedding, CausalScalars
from speechgen.features import deemphasis
from speechgen.likelihood import Likelihood, MuLawCategorical
from speechgen.shapes import Symbols


def first_layer(
    likelihood: Likelihood, channels: int, kernel_size: int
) -> CausalEmbedding | CausalScalars:
    """One-hot vectors for classes, plain values for everything else; the present is hidden."""
    if isinstance(likelihood, MuLawCategorical):
        return CausalEmbedding(likelihood.classes, channels, kernel_size)
    return CausalScalars(likelihood, channels, kernel_size)


class OutputHead(nn.Sequential):
    """Two 1x1 layers behind the skip sum, (..., skip channel) -> (..., param).

    They compute in full precision where outputs are values on the waveform's scale.
    """

    def __init__(self, skip_channels: int, likelihood: Likelihood) -> None:
        last = nn.Linear(skip_channels, likelihood.num_params)
        super().__init__(nn.ReLU(), nn.Linear(skip_channels, skip_channels), nn.ReLU(), last)
        self.classes = isinstance(likelihood, MuLawCategorical)
        start = likelihood.initial_bias()
        if start is not None:
            last.bias.data.copy_(start)

    def forward(self, skips: Tensor) -> Tensor:
        """See the class."""
        if self.classes:
            return super().forward(skips)
        first = self[1]
        assert isinstance(first, nn.Linear)
        with torch.autocast(skips.device.type, enabled=False):
            return super().forward(skips.to(first.weight.dtype))


class StreamDecoder:
    """Symbols to waveform, chunk after chunk: remembers the last sample for the de-emphasis."""

    def __init__(self, likelihood: Likelihood, coefficient: float) -> None:
        self.likelihood = likelihood
        self.coefficient = coefficient
        self.last: Tensor | None = None

    def __call__(self, symbols: Symbols) -> Tensor:
        """(batch, time) -> (batch, time) float32."""
        wave = self.likelihood.decode(symbols)
        if not self.coefficient or wave.shape[-1] == 0:
            return wave
        if self.last is not None:
            first = wave[..., :1] + self.coefficient * self.last
            wave = torch.cat([first, wave[..., 1:]], dim=-1)
        wave = deemphasis(wave, self.coefficient)
        self.last = wave[..., -1:]
        return wave
