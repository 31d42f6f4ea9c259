"""The cached sampler: every activation is computed once, in few tensor operations.

A layer of dilation d needs its own input d samples ago, so it keeps a ring of d slots
(arXiv:1611.09482 describes the idea). Here a slot holds all taps side by side, and the new input is
written over the oldest::

    kernel 2, dilation d: slot r = t mod d          t < d    [ x[t]    0      ]
    at time t, with p = (t // d) mod 2              t < 2d   [ x[t-d]  x[t]   ]
    the new input goes to part p                    t < 3d   [ x[t]    x[t-d] ]

so one product with weights whose taps are turned by p gives the convolution, and nothing is moved.
``sigmoid(g) = (1 + tanh(g / 2)) / 2`` makes one tanh of both gate halves; its constants, the skip
scale and the biases are folded into the weights beforehand.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.causal import CausalConv1d, CausalEmbedding, GatedBlock, History
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.sampling.condition_window import ConditionWindow
from speechgen.sampling.protocol import Start


class CachedLayer:
    """One gated block with its ring of slots and its weights, ready for products from the right."""

    def __init__(self, block: GatedBlock, batch: int, history: History, time: int) -> None:
        kernel, channels = block.conv.kernel_size, block.residual_channels
        self.kernel = kernel
        self.dilation = block.conv.dilation
        weight = block.conv.weight.detach().clone()  # (gate, residual, tap)
        half = weight.shape[0] // 2
        weight[half:] *= 0.5
        # part q holds the input of (p - q) mod kernel dilations ago, that is of the tap
        # kernel - 1 - (p - q) mod kernel
        turned = [
            [kernel - 1 - (turn - part) % kernel for part in range(kernel)]
            for turn in range(kernel)
        ]
        self.weights = [
            torch.cat([weight[:, :, tap] for tap in taps], dim=1).t().contiguous()
            for taps in turned
        ]
        out = torch.cat([0.5 * block.out.weight.t(), block.out.bias.unsqueeze(0)])
        self.out = (
            out.detach().contiguous()
        )  # (half + 1, residual + skip): the last row is the bias
        self.slots = list(weight.new_zeros(self.dilation, batch, kernel * channels).unbind())
        self.parts = [slot.split(channels, dim=1) for slot in self.slots]
        past = history.in_order()
        for earlier, x in enumerate(reversed(past[-min(time, len(past)) :]) if time else (), 1):
            turn, slot = divmod(time - earlier, self.dilation)
            self.parts[slot][turn % kernel].copy_(x)


class CachedSampler:
    """See :class:`speechgen.sampling.protocol.Sampler`; the weights are copied at the beginning.

    Parameters
    ----------
    model
        In evaluation mode; later changes of its weights have no effect.
    conditions
        Of the batch.
    start
        The past of the first sample.
    temperature
        Of the draws.
    """

    def __init__(
        self, model: WaveNet, conditions: ConditionWindow, start: Start, temperature: float
    ) -> None:
        blocks = list(model.stack)
        batch = conditions.batch
        self.likelihood = model.likelihood
        self.temperature = temperature
        self.window = conditions
        self.time = start.position
        state = start.state(model, conditions)
        self.layers = [
            CachedLayer(block, batch, history, start.position)
            for block, history in zip(blocks, state.blocks, strict=True)
        ]
        self._pack_ends(model)
        biases = [bias_of(block.conv) for block in blocks]
        self.gate_bias = torch.stack(biases).unsqueeze(1)
        half = self.gate_bias.shape[2] // 2
        self.gate_scale = self.gate_bias.new_ones(2 * half)
        self.gate_scale[half:] = 0.5
        self.conditions: tuple[Tensor, ...] = ()
        self.gates = self.gate_bias.new_empty(batch, 2 * half)
        self.halves = self.gates.split(half, dim=1)
        self.gated = self.gate_bias.new_ones(batch, half + 1)  # the last column stays 1
        self.gated_half = self.gated[:, :half]
        self.sums = self.gates.new_zeros(batch, blocks[0].out.out_features)
        channels = blocks[0].residual_channels
        self.residual, self.skip = self.sums[:, :channels], self.sums[:, channels:]
        self.lags: Tensor | None = None  # of the present frame
        self.lagged, self.heard = model.lagged, state.heard
        # oldest first
        self.recent = list(start.newest(model, model.embedding.kernel_size).unbind(dim=1))

    def _pack_ends(self, model: WaveNet) -> None:
        """What the first layer adds up for each past sample, and the head with scales folded in."""
        weight = model.embedding.weight.detach()
        if isinstance(model.embedding, CausalEmbedding):
            rows = F.pad(weight, (0, 0, 0, 1)).unbind()  # a zero row for "no symbol"
            self.inputs = [partial(torch.index_select, table, 0) for table in rows]
        else:
            self.inputs = [partial(_outer, model.likelihood, tap) for tap in weight.unbind()]
        self.input_bias = getattr(model.embedding, "bias", None)
        hidden, last = (layer for layer in model.head if isinstance(layer, nn.Linear))
        self.hidden = (hidden.weight.detach().t() * model.stack.skip_scale).contiguous()
        self.hidden_bias = bias_of(hidden)
        self.last = last.weight.detach().t().contiguous()
        self.last_bias = bias_of(last)

    def draw(self, noise: Tensor) -> Tensor:
        """One step of the network for each sample."""
        steps = [self.step(uniform) for uniform in noise.unbind(dim=1)]
        return torch.stack(steps, dim=1) if steps else self.recent[-1].new_empty(len(noise), 0)

    def step(self, uniform: Tensor) -> Tensor:
        """Draw the next symbols (batch,) with the uniforms (batch,)."""
        logits = self._logits()
        symbols = self.likelihood.sample(logits, uniform, self.temperature)
        self.recent = [*self.recent[1:], symbols]
        self.time += 1
        return symbols

    def _logits(self) -> Tensor:
        time, gates, residual = self.time, self.gates, self.residual
        filtered, gate = self.halves
        self.skip.zero_()
        residual.zero_() if self.input_bias is None else residual.copy_(self.input_bias)
        for tap, symbols in zip(self.inputs, self.recent, strict=True):
            residual += tap(symbols)
        if self.lagged is not None and self.heard is not None:
            self.heard.push(self.recent[-1])
            residual += self.lagged.step(self.heard, self._lag())
        for layer, condition in zip(self.layers, self._condition(), strict=True):
            slot = time % layer.dilation
            turn = time // layer.dilation % layer.kernel
            layer.parts[slot][turn].copy_(residual)
            torch.addmm(condition, layer.slots[slot], layer.weights[turn], out=gates)
            gates.tanh_()
            torch.addcmul(filtered, filtered, gate, out=self.gated_half)
            self.sums.addmm_(self.gated, layer.out)
        hidden = torch.addmm(self.hidden_bias, self.skip.relu(), self.hidden).relu_()
        return torch.addmm(self.last_bias, hidden, self.last)

    def _lag(self) -> Tensor:
        """How far back each utterance looks now: (batch,)."""
        assert self.lagged is not None and self.window.hop_samples is not None
        frame, place = divmod(self.time, self.window.hop_samples)
        if not place or self.lags is None:
            self.lags = self.window.frames(frame, frame + 1).lags(self.lagged)
        return self.lags[:, place]

    def _condition(self) -> tuple[Tensor, ...]:
        """What is added to each layer's gates now, its bias included: (1 or batch, gate) each."""
        hop = self.window.hop_samples
        if not self.conditions or (hop and self.time % hop == 0):
            frame = self.time // hop if hop else 0
            rows = self.window.frames(frame, frame + 1).frame(0)
            biases = self.gate_bias if rows is None else rows + self.gate_bias
            self.conditions = (
                (biases * self.gate_scale)
                .reshape(-1, len(self.layers), biases.shape[-2], biases.shape[-1])
                .unbind()
            )
        return self.conditions[self.time % hop if hop else 0].unbind()


def bias_of(layer: CausalConv1d | nn.Linear) -> Tensor:
    """The bias of a layer that has one."""
    assert layer.bias is not None
    return layer.bias.detach()


def _outer(likelihood: Any, weight: Tensor, symbols: Tensor) -> Tensor:
    """Symbols (batch,) as values times a column of weights: (batch, channel)."""
    return likelihood.decode(symbols).unsqueeze(1) * weight.flatten()
