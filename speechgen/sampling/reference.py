"""The reference sampler: the whole network over the whole receptive field, for every new sample.

Slow; the reference for the other engines.
"""

from __future__ import annotations

import torch
from torch import Tensor

from speechgen.causal import num_frames
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.sampling.condition_window import ConditionWindow
from speechgen.sampling.protocol import Start


class ReferenceSampler:
    """See :class:`speechgen.sampling.protocol.Sampler`."""

    def __init__(
        self, model: WaveNet, conditions: ConditionWindow, start: Start, temperature: float
    ) -> None:
        self.model = model
        self.conditions = conditions
        self.temperature = temperature
        self.past = start.symbols[:, -model.receptive_field :]
        self.position = start.position

    def draw(self, noise: Tensor) -> Tensor:
        """One forward pass for each sample."""
        drawn = []
        for uniform in noise.unbind(dim=1):
            params = next_params(self.model, self.conditions, self.past, self.position)
            drawn.append(self.model.likelihood.sample(params, uniform, self.temperature))
            self.past = torch.cat([self.past, drawn[-1].unsqueeze(1)], dim=1)
            self.past = self.past[:, -self.model.receptive_field :]
            self.position += 1
        return torch.stack(drawn, dim=1) if drawn else self.past[:, :0]


def next_params(model: WaveNet, conditions: ConditionWindow, past: Tensor, position: int) -> Tensor:
    """Parameters (batch, param) of the sample at ``position``, after ``past`` (batch, time).

    ``past`` holds as many symbols as matter; the window begins on the frame of the oldest, and what
    stands there before it is not seen.
    """
    hop = conditions.hop_samples or 1
    begin = position - past.shape[1]
    hidden = past.new_zeros(len(past), 1)  # a symbol never sees itself: any value will do
    before = past.new_zeros(len(past), begin % hop)
    window = torch.cat([before, past, hidden], dim=1)
    prepared = conditions.frames(begin // hop, num_frames(position + 1, hop))
    return model(window, prepared)[:, :, -1]
