"""The protocol of sampling engines, and their starting point."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from speechgen.models.wavenet.steps import WaveNetState
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.sampling.condition_window import ConditionWindow


@dataclass(frozen=True)
class Start:
    """The past of the first sample.

    Attributes
    ----------
    symbols
        (batch, time): the last symbols, at least min(``position``, receptive field) of them.
    position
        Samples that went before; 0 at the beginning of an utterance.
    """

    symbols: Tensor
    position: int = 0

    @classmethod
    def nothing(cls, model: WaveNet, batch: int) -> Start:
        """The beginning of utterances."""
        device = next(model.parameters()).device
        return cls(no_symbols(model, batch, device))

    def state(self, model: WaveNet, conditions: ConditionWindow) -> WaveNetState:
        """The network's state before the first draw, computed in one parallel pass."""
        recent = self.symbols[:, -model.receptive_field :] if self.position else self.symbols
        hop = conditions.hop_samples or 1
        begin = self.position - recent.shape[1]
        prepared = conditions.frames(begin // hop, max(1, -(-self.position // hop)))
        return model.primed_state(recent, prepared, begin % hop)

    def newest(self, model: WaveNet, count: int) -> Tensor:
        """The last ``count`` symbols (batch, ``count``), those before the beginning among them."""
        missing = max(0, count - self.symbols.shape[1])
        none = self.symbols.new_full((len(self.symbols), missing), model.initial_symbol)
        return torch.cat([none, self.symbols], dim=1)[:, -count:]


class Sampler(Protocol):
    """A batch being sampled: the state between two samples."""

    def draw(self, noise: Tensor) -> Tensor:
        """The next symbols (batch, time), one for each sample of noise.

        ``noise`` is (batch, time), or (batch, time, noise size) where the distribution takes more
        than one uniform a sample. However the samples are divided among calls, they are the same.
        """


Engine = Callable[[WaveNet, ConditionWindow, Start, float], Sampler]


def no_symbols(model: WaveNet, batch: int, device: torch.device) -> Tensor:
    """(batch, 0) of the type of the symbols of ``model``."""
    return model.likelihood.encode(torch.zeros(batch, 0, device=device))
