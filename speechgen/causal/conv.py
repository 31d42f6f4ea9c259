"""Causal convolution: all padding, dilation and strictness is here.

::

    kernel 2, dilation 3, over the inputs x0 x1 x2 ...

    plain    y[t] = W0 x[t-3] + W1 x[t]          strict   y[t] = W0 x[t-4] + W1 x[t-1]

             0  0  0 x0 x1 x2 x3                          0  0  0  0 x0 x1 x2 x3
             |        |                                   |        |
             y0 -----'                                    y0 -----'

Zeros stand for everything before the beginning. Sequences are (batch, channel, time) outside;
inside, time comes before channel, because one matrix product over all taps is then contiguous.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.causal.receptive_field import left_padding
from speechgen.errors import ConfigError


@dataclass
class History:
    """A ring buffer of past inputs.

    ``slots`` is (slot, batch, channel); slot ``position`` is the oldest and is the next to be
    overwritten.
    """

    slots: Tensor
    position: int = 0

    def push(self, x_t: Tensor) -> None:
        """Put ``x_t`` (batch, channel) in the place of the oldest input, in place."""
        self.slots[self.position] = x_t
        self.position = (self.position + 1) % len(self.slots)

    def ago(self, delay: int) -> Tensor:
        """The input pushed ``delay`` pushes ago: 1 is the newest, ``len(slots)`` the oldest."""
        return self.slots[(self.position - delay) % len(self.slots)]

    def fill(self, pushed: Tensor) -> None:
        """As if the rows of ``pushed`` (time, batch, ...) had been pushed one after the other."""
        newest = pushed[-len(self.slots) :]
        self.slots = torch.cat([self.slots, newest])[-len(self.slots) :].clone()
        self.position = 0

    def in_order(self) -> Tensor:
        """The slots, oldest first."""
        return torch.roll(self.slots, -self.position, dims=0)


class CausalConv1d(nn.Module):
    """Dilated convolution whose output at t depends on inputs up to t, or before t if ``strict``.

    Parameters
    ----------
    in_channels, out_channels
        Channels.
    kernel_size
        Taps; the last weight column is that of the newest input.
    dilation
        Samples between taps.
    strict
        Whether the present input is hidden: the newest tap is then x[t-1].
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 2,
        *,
        dilation: int = 1,
        strict: bool = False,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if min(in_channels, out_channels, kernel_size, dilation) < 1:
            raise ConfigError(
                "a causal convolution needs channels, kernel size and dilation of 1 or more, got "
                f"{in_channels}, {out_channels}, {kernel_size}, {dilation}"
            )
        self.in_channels = in_channels
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.strict = strict
        self.weight = nn.Parameter(torch.empty(out_channels, in_channels, kernel_size))
        self.bias = nn.Parameter(torch.zeros(out_channels)) if bias else None
        nn.init.normal_(self.weight, std=(in_channels * kernel_size) ** -0.5)

    @property
    def receptive_field(self) -> int:
        """Number of neighbouring input positions from the oldest to the newest one seen."""
        return left_padding(self.kernel_size, self.dilation) + 1

    @property
    def delays(self) -> list[int]:
        """How far back each tap looks, oldest first; the last is 0, or 1 if ``strict``."""
        newest = int(self.strict)
        taps = range(self.kernel_size - 1, -1, -1)
        return [tap * self.dilation + newest for tap in taps]

    def matrix(self) -> Tensor:
        """The weights as (out, tap * in), taps oldest first."""
        return self.weight.transpose(1, 2).flatten(1)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channel, time) -> (batch, out channel, time)."""
        rows = x.transpose(1, 2)  # (batch, time, channel)
        if torch.is_autocast_enabled(x.device.type):  # once, not once for each tap
            rows = rows.to(torch.get_autocast_dtype(x.device.type))
        taps = [delayed(rows, delay) if delay else rows for delay in self.delays]
        joined = torch.cat(taps, dim=2) if len(taps) > 1 else taps[0]
        return F.linear(joined, self.matrix(), self.bias).transpose(1, 2)

    def initial_state(self, batch: int) -> History:
        """The state before the first sample: as after zeros."""
        slots = max(1, self.delays[0])
        return History(self.weight.new_zeros(slots, batch, self.in_channels))

    def step(self, x_t: Tensor, state: History) -> tuple[Tensor, History]:
        """One sample: (batch, channel) -> (batch, out channel); ``state`` is changed in place.

        A strict layer's output does not depend on ``x_t``, which only enters its state.
        """
        taps = [state.ago(delay) if delay else x_t for delay in self.delays]
        y_t = F.linear(torch.cat(taps, dim=1), self.matrix(), self.bias)
        state.push(x_t)
        return y_t, state


def delayed(rows: Tensor, delay: int) -> Tensor:
    """(batch, time, channel) moved ``delay`` samples later, with zeros before the beginning."""
    time = rows.shape[1]
    return F.pad(rows[:, : max(0, time - delay)], (0, 0, min(delay, time), 0))
