"""WaveNet one sample at a time: the same function as ``forward``, with a state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.causal import CausalEmbedding, CausalScalars, GatedStack, History, LaggedInput
from speechgen.features import preemphasis
from speechgen.likelihood import Likelihood
from speechgen.models.wavenet.io import StreamDecoder
from speechgen.models.wavenet.prepared_conditions import PreparedConditions
from speechgen.shapes import Symbols


@dataclass
class WaveNetState:
    """State of :meth:`WaveNet.step`: past symbols, and past inputs of every block.

    ``heard`` has the symbols of the longest pitch period, where the network looks at them.
    """

    symbols: History
    blocks: list[History]
    heard: History | None = None


class WaveNetSteps(nn.Module):
    """Half of :class:`~speechgen.models.wavenet.wavenet.WaveNet`: what samplers call."""

    embedding: CausalEmbedding | CausalScalars
    stack: GatedStack
    head: Any
    likelihood: Likelihood
    preemphasis: float
    lagged: LaggedInput | None

    def encode(self, wave: Tensor) -> Symbols:
        """Waveform (batch, time) in [-1, 1] -> symbols (batch, time)."""
        if self.preemphasis:
            wave = preemphasis(wave, self.preemphasis)
        return self.likelihood.encode(wave)

    def decode(self, symbols: Symbols) -> Tensor:
        """Symbols (batch, time) -> waveform (batch, time)."""
        return self.decoder()(symbols)

    def decoder(self) -> StreamDecoder:
        """A decoder of consecutive chunks, equal to :meth:`decode` of the whole."""
        return StreamDecoder(self.likelihood, self.preemphasis)

    def initial_state(self, batch: int) -> WaveNetState:
        """The state before the first sample."""
        heard = None if self.lagged is None else self.lagged.initial_state(batch)
        first = self.embedding.initial_state(batch)
        return WaveNetState(first, self.stack.initial_state(batch), heard)

    def _inputs(
        self, symbols: Symbols, conditions: PreparedConditions | None, offset: int = 0
    ) -> Tensor:
        """What the stack works on, (batch, channel, time); the first lies at ``offset``."""
        x = self.embedding(symbols)
        if self.lagged is None or conditions is None or conditions.periods is None:
            return x
        lags = conditions.lags(self.lagged)[:, offset : offset + symbols.shape[1]]
        return x + self.lagged(symbols, lags)

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
        if state.heard is not None:
            state.heard.fill(symbols[:, :-1].T)
        # where the frame begins earlier, any symbols will do: what is kept does not depend on them
        x = F.pad(self._inputs(symbols, conditions, offset), (offset, 0))
        state.blocks = self.stack.primed_state(x, conditions.to_gates() if conditions else None)
        return state

    @property
    def initial_symbol(self) -> int | float:
        """``previous`` of the first step: the symbol for "none"."""
        return self.embedding.none

    def step(
        self,
        previous: Tensor,
        state: WaveNetState,
        condition_t: Tensor | None = None,
        lag_t: Tensor | None = None,
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
        lag_t
            (batch,): one sample of :meth:`PreparedConditions.lags`.

        Returns
        -------
        tuple
            Params (batch, param) and the state.
        """
        x_t, state.symbols = self.embedding.step(previous, state.symbols)
        if self.lagged is not None and state.heard is not None and lag_t is not None:
            state.heard.push(previous)
            x_t = x_t + self.lagged.step(state.heard, lag_t)
        skips, state.blocks = self.stack.step(x_t, state.blocks, condition_t)
        return self.head(skips), state
