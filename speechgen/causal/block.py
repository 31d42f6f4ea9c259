"""The gated residual block of arXiv:1609.03499, equation 2 and figure 4."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.causal.conv import CausalConv1d, History
from speechgen.errors import ConfigError


class GatedBlock(nn.Module):
    """``z = tanh(filter) * sigmoid(gate)``; then a 1x1 to the residual and one to the skip path.

    ::

        x --+--> dilated causal conv --(+ condition)--> tanh * sigmoid --> 1x1 --+--> skip
            |                                                                    |
            +-------------------------------- + <--------------------------------+
                                              v
                                              x'

    The dilated convolution may be one that looks ahead instead (``convolution``, a class that is
    called as :class:`CausalConv1d` is); there is then no ``step``.

    Both 1x1 convolutions are one matrix. The condition, local and global alike, is whatever is
    added to the convolution's output before the nonlinearities.
    """

    def __init__(
        self,
        residual_channels: int,
        gate_channels: int,
        skip_channels: int,
        *,
        kernel_size: int = 2,
        dilation: int = 1,
        convolution: Callable[..., Any] = CausalConv1d,
    ) -> None:
        super().__init__()
        if gate_channels % 2:
            raise ConfigError(f"gate_channels must be even (two halves), not {gate_channels}")
        self.residual_channels = residual_channels
        self.skip_channels = skip_channels
        self.conv = convolution(residual_channels, gate_channels, kernel_size, dilation=dilation)
        self.out = nn.Linear(gate_channels // 2, residual_channels + skip_channels)
        nn.init.normal_(self.out.weight, std=(gate_channels // 2) ** -0.5)
        nn.init.zeros_(self.out.bias)

    @property
    def receptive_field(self) -> int:
        """Inputs that one output depends on."""
        return self.conv.receptive_field

    def forward(
        self, x: Tensor, add_condition: Callable[[Tensor], Tensor] | None = None
    ) -> tuple[Tensor, Tensor]:
        """Whole sequences.

        Parameters
        ----------
        x
            (batch, residual channel, time).
        add_condition
            Given the convolution's output (batch, gate channel, time), returns it with the
            condition added, of the same shape.

        Returns
        -------
        tuple
            The next block's input (batch, residual channel, time) and the skip output
            (batch, skip channel, time).
        """
        gates = self.conv(x)
        if add_condition is not None:
            gates = add_condition(gates)
        residual, skip = self._out(gates.transpose(1, 2))
        return x + residual.transpose(1, 2), skip.transpose(1, 2)

    def initial_state(self, batch: int) -> History:
        """The state before the first sample."""
        return self.conv.initial_state(batch)

    def step(
        self, x_t: Tensor, state: History, condition_t: Tensor | None = None
    ) -> tuple[Tensor, Tensor, History]:
        """One sample: (batch, residual channel) -> the same, (batch, skip channel), the state.

        ``condition_t`` is (batch, gate channel), already at this sample.
        """
        gates, state = self.conv.step(x_t, state)
        if condition_t is not None:
            gates = gates + condition_t
        residual, skip = self._out(gates)
        return x_t + residual, skip, state

    def _out(self, gates: Tensor) -> tuple[Tensor, Tensor]:
        """(..., gate channel) -> (..., residual channel) and (..., skip channel)."""
        filtered, gate = gates.chunk(2, dim=-1)
        both = F.linear(torch.tanh(filtered) * torch.sigmoid(gate), self.out.weight, self.out.bias)
        residual, skip = both.split([self.residual_channels, self.skip_channels], dim=-1)
        return residual, skip
