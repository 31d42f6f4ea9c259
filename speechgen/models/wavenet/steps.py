"""WaveNet one sample at a time: the same function as ``forward``, with a state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.causal import CausalEmbedding, CausalScalars, GatedStack, History
from speechgen.models.wavenet.conditioning_network import PreparedConditions
from speechgen.shapes import Symbols


@dataclass
class WaveNetState:
    """State of :meth:`WaveNet.step`: past symbols, and past inputs of every block."""

    symbols: History
    blocks: list[History]


class WaveNetSteps(nn.Module):
    """Half of :class:`~speechgen.models.wavenet.wavenet.WaveNet`: what samplers call."""

    embedding: CausalEmbedding | CausalScalars
    stack: GatedStack
    head: Any

    def initial_state(self, batch: int) -> WaveNetState:
        """The state before the first sample."""
        return WaveNetState(self.embedding.initial_state(batch), self.stack.initial_state(batch))

    def primed_state(
        self, symbols: Symbols, conditions: PreparedConditions | None = None, offset: int = 0
    ) -> WaveNetState:
        """The state after the samples ``symbols``, in one parallel pass.

        The next call of :meth:`step` takes the last of them as ``previous``. The last
        ``receptive_field`` samples before that call are enough.

        Parameters
        ----------
        symbols
            (batch, time).
        conditions
            Those of the samples, from the frame on that the first of them lies in.
        offset
            Samples of that frame before the first symbol.
        """
        state = self.initial_state(len(symbols))
        if not symbols.shape[1]:
            return state
        state.symbols.fill(symbols[:, :-1].T)
        # where the frame begins earlier, any symbols will do: what is kept does not depend on them
        x = F.pad(self.embedding(symbols), (offset, 0))
        state.blocks = self.stack.primed_state(x, conditions.add if conditions else None)
        return state

    @property
    def initial_symbol(self) -> int | float:
        """``previous`` of the first step: the symbol for "none"."""
        return self.embedding.none

    def step(
        self, previous: Tensor, state: WaveNetState, condition_t: Tensor | None = None
    ) -> tuple[Tensor, WaveNetState]:
        """The next sample's params; equal to one column of :meth:`forward`.

        Parameters
        ----------
        previous
            (batch,) symbols of the sample before; ``initial_symbol`` at the beginning.
        state
            Changed in place and returned.
        condition_t
            (layer, batch, gate channel): one sample of :meth:`PreparedConditions.frame`.

        Returns
        -------
        tuple
            Params (batch, param) and the state.
        """
        x_t, state.symbols = self.embedding.step(previous, state.symbols)
        skips, state.blocks = self.stack.step(x_t, state.blocks, condition_t)
        return self.head(skips), state
