"""Gated blocks with growing dilation, and the sum of their skip outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from torch import Tensor, nn

from speechgen.causal.block import GatedBlock
from speechgen.causal.conv import CausalConv1d, History
from speechgen.causal.receptive_field import stacked_receptive_field

AddCondition = Callable[[int, Tensor], Tensor]


def stack_dilations(stacks: int, layers_per_stack: int) -> list[int]:
    """1, 2, 4, ... 2**(layers_per_stack - 1), ``stacks`` times over (arXiv:1609.03499, 2.1)."""
    return [2**layer for _ in range(stacks) for layer in range(layers_per_stack)]


class GatedStack(nn.Module):
    """All blocks of a WaveNet. The skip sum is divided by the root of the number of blocks.

    ``convolution`` is that of the blocks: the causal one, or one that looks ahead.
    """

    def __init__(
        self,
        dilations: list[int],
        residual_channels: int,
        gate_channels: int,
        skip_channels: int,
        *,
        kernel_size: int = 2,
        convolution: Callable[..., Any] = CausalConv1d,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.dilations = list(dilations)
        self.skip_scale = len(dilations) ** -0.5
        self.blocks = nn.ModuleList(
            GatedBlock(
                residual_channels,
                gate_channels,
                skip_channels,
                kernel_size=kernel_size,
                dilation=dilation,
                convolution=convolution,
            )
            for dilation in dilations
        )

    def __iter__(self) -> Iterator[GatedBlock]:
        for block in self.blocks:
            assert isinstance(block, GatedBlock)
            yield block

    @property
    def receptive_field(self) -> int:
        """Inputs that one output depends on, the present one among them."""
        return stacked_receptive_field([self.kernel_size] * len(self.dilations), self.dilations)

    def forward(self, x: Tensor, add_condition: AddCondition | None = None) -> Tensor:
        """(batch, residual channel, time) -> scaled skip sum (batch, skip channel, time).

        ``add_condition(layer, gates)`` adds the condition of that layer to its gates when the layer
        is computed, so that no layer's conditions are kept at the sample rate.
        """
        total: Tensor | float = 0.0
        for layer, block in enumerate(self):
            x, skip = block(x, add_condition and partial(add_condition, layer))
            total = total + skip
        return total * self.skip_scale

    def initial_state(self, batch: int) -> list[History]:
        """The states of all blocks before the first sample."""
        return [block.initial_state(batch) for block in self]

    def step(
        self, x_t: Tensor, state: list[History], condition_t: Tensor | None = None
    ) -> tuple[Tensor, list[History]]:
        """One sample: (batch, residual channel) -> (batch, skip channel).

        ``condition_t`` is (layer, batch, gate channel).
        """
        total: Tensor | float = 0.0
        for layer, block in enumerate(self):
            here = None if condition_t is None else condition_t[layer]
            x_t, skip, state[layer] = block.step(x_t, state[layer], here)
            total = total + skip
        return total * self.skip_scale, state

    def primed_state(self, x: Tensor, add_condition: AddCondition | None = None) -> list[History]:
        """The state after ``x`` (batch, residual channel, time), in one parallel pass.

        Equal to that after as many calls of :meth:`step`.
        """
        state = self.initial_state(len(x))
        for layer, block in enumerate(self):
            state[layer].fill(x.permute(2, 0, 1))
            if layer + 1 < len(self.blocks):
                x, _ = block(x, add_condition and partial(add_condition, layer))
        return state
