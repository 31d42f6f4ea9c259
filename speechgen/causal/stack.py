"""Gated blocks one on the other with growing dilation, and the sum of their skip outputs."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from speechgen.causal.block import GatedBlock
from speechgen.causal.conv import History
from speechgen.causal.receptive_field import stacked_receptive_field

LayerCondition = Callable[[int], Tensor | None]


def stack_dilations(stacks: int, layers_per_stack: int) -> list[int]:
    """1, 2, 4, ... 2**(layers_per_stack - 1), ``stacks`` times over (arXiv:1609.03499, 2.1)."""
    return [2**layer for _ in range(stacks) for layer in range(layers_per_stack)]


def no_condition(layer: int) -> None:
    """The condition of a layer that has none."""


class GatedStack(nn.Module):
    """All blocks of a WaveNet. The skip sum is divided by the root of the number of blocks."""

    def __init__(
        self,
        dilations: list[int],
        residual_channels: int,
        gate_channels: int,
        skip_channels: int,
        *,
        kernel_size: int = 2,
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
            )
            for dilation in dilations
        )

    @property
    def receptive_field(self) -> int:
        """Inputs that one output depends on, the present one among them."""
        return stacked_receptive_field([self.kernel_size] * len(self.dilations), self.dilations)

    def forward(self, x: Tensor, condition: LayerCondition = no_condition) -> Tensor:
        """(batch, residual channel, time) -> scaled skip sum (batch, skip channel, time).

        ``condition(layer)`` is called when that layer is computed, so that the conditions of only
        one layer at a time are held at the sample rate.
        """
        total: Tensor | float = 0.0
        for layer, block in enumerate(self.blocks):
            x, skip = block(x, condition(layer))
            total = total + skip
        return total * self.skip_scale

    def initial_state(self, batch: int) -> list[History]:
        """The states of all blocks before the first sample."""
        return [block.initial_state(batch) for block in self.blocks]

    def step(
        self, x_t: Tensor, state: list[History], condition: LayerCondition = no_condition
    ) -> tuple[Tensor, list[History]]:
        """One sample: (batch, residual channel) -> (batch, skip channel)."""
        total: Tensor | float = 0.0
        for layer, block in enumerate(self.blocks):
            x_t, skip, state[layer] = block.step(x_t, state[layer], condition(layer))
            total = total + skip
        return total * self.skip_scale, state
