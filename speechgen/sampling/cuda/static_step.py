"""One sample of a WaveNet from tensors that never move, with a clock that is a tensor too.

Nothing in :meth:`StaticStep.step` depends on a number that the host would have to know: places in
the rings, the frame and the place in it all come from ``time`` on the device. So the same commands,
recorded once and played again, draw the next sample, and the next.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from speechgen.causal import CausalEmbedding, History
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.sampling.condition_window import ConditionWindow
from speechgen.sampling.cuda.gate_conditions import GateConditions
from speechgen.sampling.cuda.static_weights import gate_scale, static_weights
from speechgen.sampling.protocol import Start


class StaticStep:
    """The network, its state, what it reads and what it writes, for one batch.

    Parameters
    ----------
    model
        In evaluation mode; later changes of its weights are not seen.
    window
        Conditions of the batch.
    start
        The past of the first sample.
    temperature
        Of the draws.
    columns
        Samples that ``base`` and ``drawn`` have room for.

    Attributes
    ----------
    base
        (batch, column), or (batch, column, noise size): base noise of the samples to be drawn.
    drawn
        (batch, column): their symbols.
    """

    def __init__(
        self,
        model: WaveNet,
        window: ConditionWindow,
        start: Start,
        temperature: float,
        columns: int,
    ) -> None:
        batch, layers, kernel = window.batch, len(model.dilations), model.stack.kernel_size
        self.likelihood = model.likelihood
        self.temperature = temperature
        self.weights = static_weights(model)
        self.conditions = GateConditions(model, window, gate_scale(model))
        self.position = start.position
        device = self.weights.newest.device
        self.time = torch.full((1,), start.position, device=device)
        self.block_first = torch.zeros_like(self.time)
        self._place_rings(model, start.state(model, window).blocks, device)
        self.batch_rows = torch.arange(batch, device=device).view(1, batch, 1)
        self.recent = start.newest(model, kernel).T.contiguous()  # (tap, batch), oldest first
        self.table_begins: Tensor | None = None
        if isinstance(model.embedding, CausalEmbedding):
            rows = len(self.weights.table) // kernel
            self.table_begins = torch.arange(kernel, device=device).unsqueeze(1) * rows
        else:
            self.recent = self.likelihood.decode(self.recent).to(self.rings.dtype)
        self._place_heard(model, start)
        size = self.likelihood.noise_size
        shape = (batch, columns, size) if size > 1 else (batch, columns)
        self.base = torch.zeros(shape, device=device)
        self.drawn = start.symbols.new_zeros(batch, columns)
        channels, units = self.rings.shape[2], self.weights.residual.shape[1]
        self.x = self.rings.new_zeros(layers, batch, channels)  # the input of every layer
        self.units = self.rings.new_ones(batch, layers, units)  # the last column stays 1

    def _place_rings(self, model: WaveNet, histories: list[History], device: torch.device) -> None:
        """All rings in one tensor (slot, batch, residual), and where the taps are found in it.

        Of a layer, the input of time t is in slot t mod ``slots``, counted from ``begins``; a new
        one takes the place of the oldest.
        """
        past = [history.in_order() for history in histories]
        counts = [len(rows) for rows in past]
        turned = [torch.roll(rows, self.position % len(rows), dims=0) for rows in past]
        self.rings = torch.cat(turned).contiguous()
        self.slots = torch.tensor(counts, device=device).unsqueeze(1)
        self.begins = self.slots.cumsum(dim=0) - self.slots
        taps = torch.arange(1 - model.stack.kernel_size, 1, device=device)  # the last is the newest
        self.shifts = torch.tensor(model.dilations, device=device).unsqueeze(1) * taps

    def _place_heard(self, model: WaveNet, start: Start) -> None:
        """The symbols of the longest pitch period, (slot, batch); that of time t at t mod slots."""
        self.lagged = model.lagged
        slots = 1 if self.lagged is None else self.lagged.memory_samples
        newest = start.newest(model, slots).T
        if self.table_begins is None:
            newest = self.likelihood.decode(newest).to(self.rings.dtype)
            newest[: max(0, slots - self.position)] = 0.0  # before the beginning
        self.heard = torch.roll(newest, self.position % slots, dims=0).contiguous()

    # -- between samples, by the host -------------------------------------------------------------

    def cover(self) -> int:
        """Have the conditions ready for the next sample, and say for how many samples they are."""
        if self.conditions.cover(self.position):
            self.block_first.fill_(self.conditions.first)
        return self.conditions.last - self.position

    def state(self) -> list[Tensor]:
        """Copies of all that :meth:`step` changes and reads again."""
        return [values.clone() for values in self._changed()]

    def restore(self, state: list[Tensor]) -> None:
        """Go back to a :meth:`state`."""
        for values, kept in zip(self._changed(), state, strict=True):
            values.copy_(kept)

    def _changed(self) -> tuple[Tensor, ...]:
        return self.rings, self.recent, self.heard, self.time

    # -- one sample, on the device alone ----------------------------------------------------------

    def step(self, column: int) -> None:
        """Draw one sample with the noise in ``base[:, column]`` into ``drawn[:, column]``."""
        weights, x, units = self.weights, self.x, self.units
        layers, half = len(x), units.shape[2] - 1
        places = torch.remainder(self.time + self.shifts, self.slots) + self.begins  # (layer, tap)
        gates = self._conditions()
        if places.shape[1] > 1:
            older = self.rings[places[:, None, :-1], self.batch_rows]  # (layer, batch, tap, res.)
            gates = torch.baddbmm(gates, older.flatten(2), weights.older)
        self._first_layer()
        for layer in range(layers):
            here = torch.addmm(gates[layer], x[layer], weights.newest[layer]).tanh_()
            filtered, gate = here[:, :half], here[:, half:]
            torch.addcmul(filtered, filtered, gate, out=units[:, layer, :half])
            if layer + 1 < layers:
                torch.addmm(x[layer], units[:, layer], weights.residual[layer], out=x[layer + 1])
        self.rings.index_copy_(0, places[:, -1], x)
        hidden = (units.flatten(1) @ weights.skip).relu_()
        hidden = torch.addmm(weights.hidden_bias, hidden, weights.hidden).relu_()
        params = torch.addmm(weights.last_bias, hidden, weights.last)
        symbols = self.likelihood.sample_base(params, self.base[:, column], self.temperature)
        self.drawn[:, column].copy_(symbols)
        self._remember(symbols)
        self.time.add_(1)

    def _conditions(self) -> Tensor:
        """What is added to the gates now: (layer, batch, gate)."""
        values, hop = self.conditions.values, self.conditions.hop_samples
        if hop is None:
            return values[0, 0]
        place = self.time - self.block_first
        taps = values.index_select(0, place // hop).flatten(2).squeeze(0)
        kernel = self.conditions.kernel.index_select(0, place % hop)
        return (kernel @ taps).view(values.shape[2:])

    def _first_layer(self) -> None:
        """The input of the first gated layer, from the newest symbols."""
        table, bias = self.weights.table, self.weights.first_bias
        if self.table_begins is not None:
            rows = F.embedding(self.recent + self.table_begins, table)
            torch.sum(rows, dim=0, out=self.x[0])
        else:
            assert bias is not None
            torch.addmm(bias, self.recent.t(), table, out=self.x[0])
        if self.lagged is not None:
            self.x[0].add_(self._period_ago())

    def _period_ago(self) -> Tensor:
        """What the samples around that of a pitch period ago contribute: (batch, residual)."""
        assert self.lagged is not None and self.weights.lagged is not None
        lags = self.conditions.lags.index_select(0, self.time - self.block_first).squeeze(0)
        delays = self.lagged.delays(lags)  # (batch, tap)
        places = torch.remainder(self.time - delays, len(self.heard))
        found = self.heard.gather(0, places.t())  # (tap, batch)
        there = lags > 0
        if self.table_begins is None:
            return (found * there).t() @ self.weights.lagged
        rows = len(self.weights.lagged) // len(found)
        begins = torch.arange(len(found), device=found.device).unsqueeze(1) * rows
        found = torch.where(there, found, rows - 1) + begins  # the last row is that of "no symbol"
        return F.embedding(found, self.weights.lagged).sum(dim=0)

    def _remember(self, symbols: Tensor) -> None:
        newest = symbols
        if self.table_begins is None:
            newest = self.likelihood.decode(symbols).to(self.recent.dtype)
        self.recent.copy_(torch.cat([self.recent[1:], newest.unsqueeze(0)]))
        if self.lagged is not None:
            place = torch.remainder(self.time, len(self.heard))
            self.heard.index_copy_(0, place, newest.unsqueeze(0).to(self.heard.dtype))
