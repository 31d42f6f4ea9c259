"""The plain sampler: the whole network over the whole receptive field, for every new sample.

Slow, and hard to get wrong; every other engine is checked against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import torch
from torch import Tensor

from speechgen.causal import num_frames
from speechgen.models.wavenet import WaveNet
from speechgen.models.wavenet_conditions import PreparedConditions


def sample_reference(
    model: WaveNet, prepared: PreparedConditions, noise: Iterable[Tensor], temperature: float
) -> Iterator[Tensor]:
    """Symbols (batch, chunk) long for every chunk of noise (batch, chunk)."""
    past: Tensor | None = None
    for chunk in noise:
        if past is None:
            past = torch.zeros(len(chunk), 0, dtype=torch.long, device=chunk.device)
        for uniform in chunk.unbind(dim=1):
            params = next_params(model, prepared, past)
            symbol = model.likelihood.sample(params, uniform, temperature)
            past = torch.cat([past, symbol.unsqueeze(1)], dim=1)
        yield past[:, past.shape[1] - chunk.shape[1] :]


def next_params(model: WaveNet, prepared: PreparedConditions, past: Tensor) -> Tensor:
    """Logits (batch, class) of the sample after ``past`` (batch, time).

    The window begins on a frame, at or before the oldest symbol that matters.
    """
    time = past.shape[1]
    hop = prepared.hop_samples or 1
    first = max(0, time - model.receptive_field) // hop
    window = past[:, first * hop :]
    hidden = past.new_zeros(len(past), 1)
    window = torch.cat([window, hidden], dim=1)  # a symbol never sees itself: any value will do
    conditions = prepared.frames(first, num_frames(time + 1, hop))
    return model(window, conditions)[:, :, -1]
