"""Gated blocks with growing dilation, and the sum of their skip outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from speechgen.causal.block import GatedBlock
from speechgen.causal.conv import CausalConv1d, History
from speechgen.causal.fused_stack import MULTIPLE, fused_stack
from speechgen.causal.gate_conditions import GateConditions
from speechgen.causal.receptive_field import stacked_receptive_field

AddCondition = Callable[[int, Tensor], Tensor]


def stack_dilations(stacks: int, layers_per_stack: int) -> list[int]:
    """1, 2, 4, ... 2**(layers_per_stack - 1), ``stacks`` times over (arXiv:1609.03499, 2.1)."""
    return [2**layer for _ in range(stacks) for layer in range(layers_per_stack)]


class GatedStack(nn.Module):
    """All blocks of a WaveNet. The skip sum is divided by the root of the number of blocks.

    ``convolution`` is that of the blocks: the causal one, or one that looks ahead.
    """

    sharing = "as_one"  # in training by several processes: blocks are one operation on the CPU

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
        is computed, so that no layer's conditions are kept at the sample rate. In training on the
        CPU, where they are :class:`GateConditions` or none, all layers are one operation.
        """
        if self._fuses(x, add_condition):
            return self._fused(x, add_condition)
        total: Tensor | float = 0.0
        for layer, block in enumerate(self):
            x, skip = block(x, add_condition and partial(add_condition, layer))
            total = total + skip
        return total * self.skip_scale

    def _fuses(self, x: Tensor, add_condition: AddCondition | None) -> bool:
        """Whether :func:`fused_stack` does it: in training on the CPU, for float32 and bfloat16."""
        block = self.blocks[0]
        assert isinstance(block, GatedBlock)
        widths = (block.residual_channels, block.out.in_features, block.skip_channels)
        precision = x.dtype
        if torch.is_autocast_enabled("cpu"):
            precision = torch.get_autocast_dtype("cpu")
        return (
            torch.is_grad_enabled()
            and x.device.type == "cpu"
            and block.out.weight.dtype == torch.float32
            and precision in (torch.float32, torch.bfloat16)
            and not any(width % MULTIPLE for width in widths)
            and (add_condition is None or isinstance(add_condition, GateConditions))
        )

    def _fused(self, x: Tensor, add_condition: AddCondition | None) -> Tensor:
        assert add_condition is None or isinstance(add_condition, GateConditions)
        batch, _, time = x.shape
        convolutions, outs = [block.conv for block in self], [block.out for block in self]
        frames = None if add_condition is None else add_condition.to_frames(time)
        if frames is None:
            width = 2 * outs[0].in_features
            frames = x.new_zeros(len(outs), batch, 1, 1, width), x.new_zeros(time, 1)
        taps, kernel = frames
        skips = fused_stack(x.transpose(1, 2), taps, kernel, convolutions, outs)
        if torch.is_autocast_enabled("cpu"):
            skips = skips.to(torch.get_autocast_dtype("cpu"))
        return (skips * self.skip_scale).transpose(1, 2)

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
