"""Centred (non-causal) convolution, for parallel models.

::

    kernel 3, dilation 2        y[t] = W0 x[t-2] + W1 x[t] + W2 x[t+2]

Zeros stand for everything before the beginning and after the end.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.errors import ConfigError


class CentredConv1d(nn.Module):
    """Dilated convolution that keeps the length; taps stand evenly round the present sample.

    As in :class:`speechgen.causal.CausalConv1d` one matrix product over all taps does the work, on
    rows (batch, time, channel), which a stack of layers so need not transpose.

    Parameters
    ----------
    in_channels, out_channels
        Channels.
    kernel_size
        Taps, an odd number.
    dilation
        Samples between taps.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 3,
        *,
        dilation: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if min(in_channels, out_channels, kernel_size, dilation) < 1 or kernel_size % 2 == 0:
            raise ConfigError(
                "a centred convolution needs channels and dilation of 1 or more and an odd kernel "
                f"size, got {in_channels}, {out_channels}, {dilation} and {kernel_size}"
            )
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.weight = nn.Parameter(torch.empty(out_channels, in_channels, kernel_size))
        self.bias = nn.Parameter(torch.zeros(out_channels)) if bias else None
        nn.init.normal_(self.weight, std=(in_channels * kernel_size) ** -0.5)

    @property
    def reach(self) -> int:
        """Inputs seen on either side of the present one."""
        return (self.kernel_size - 1) // 2 * self.dilation

    @property
    def receptive_field(self) -> int:
        """Number of neighbouring input positions from the first to the last one seen."""
        return 2 * self.reach + 1

    @property
    def delays(self) -> list[int]:
        """How far back each tap looks, oldest first; those that look ahead are below 0."""
        return [self.reach - tap * self.dilation for tap in range(self.kernel_size)]

    def matrix(self) -> Tensor:
        """The weights as (out, tap * in), taps oldest first."""
        return self.weight.transpose(1, 2).flatten(1)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channel, time) -> (batch, out channel, time)."""
        rows = x.transpose(1, 2)  # (batch, time, channel)
        if torch.is_autocast_enabled(x.device.type):  # once, not once for each tap
            rows = rows.to(torch.get_autocast_dtype(x.device.type))
        time = rows.shape[1]
        rows = F.pad(rows, (0, 0, self.reach, self.reach))
        starts = range(0, 2 * self.reach + 1, self.dilation)
        taps = [rows[:, start : start + time] for start in starts]
        joined = torch.cat(taps, dim=2) if len(taps) > 1 else taps[0]
        return F.linear(joined, self.matrix(), self.bias).transpose(1, 2)
