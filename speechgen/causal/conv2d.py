"""Masked convolutions in raster order: what a pixel may see of an image is decided here.

::

    CausalConv2d(above=1, left=1, right=1)       RowConv2d(kernel_height=2, kernel_width=3)

        x x x      the rows above                    x x x
        x o .      o: this pixel, hidden or          x x x   its own row too: what it is given
                   masked by its channels                    must be of rows above ("strict")

Zeros stand for everything outside. Only the taps that can be seen are multiplied: a kernel has
``above + 1`` rows, not ``2 above + 1``. Each layer has a ``forward`` over whole images, and draws
pixel after pixel in two parts: what it sees of finished rows is computed for a whole row at its
beginning, what it sees of its own row at each step.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.causal.masks import channel_mask
from speechgen.errors import ConfigError


class RowConv2d(nn.Module):
    """A convolution over the last ``kernel_height`` rows, the present one (or not) included.

    Parameters
    ----------
    in_channels, out_channels
        Features.
    kernel_height
        Rows seen: i - height + 1 ... i, or one higher if ``strict``.
    kernel_width
        Columns seen on both sides and in the middle: odd.
    strict
        Whether row i is hidden from row i.
    stride
        Outputs are those of every so many rows and columns, the first ones included; networks with
        a stride are not sampled pixel by pixel.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_height: int,
        kernel_width: int,
        *,
        strict: bool = False,
        stride: int = 1,
    ) -> None:
        super().__init__()
        if min(in_channels, out_channels, kernel_height) < 1 or kernel_width % 2 != 1:
            raise ConfigError(
                "a convolution of rows needs channels and height of 1 or more and an odd width, "
                f"got {in_channels}, {out_channels}, {kernel_height}, {kernel_width}"
            )
        self.strict, self.stride = strict, stride
        shape = (out_channels, in_channels, kernel_height, kernel_width)
        self.weight = nn.Parameter(torch.empty(shape))
        self.bias = nn.Parameter(torch.zeros(out_channels))
        nn.init.normal_(self.weight, std=(in_channels * kernel_height * kernel_width) ** -0.5)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channel, height, width) -> (batch, out channel, height, width)."""
        height, width = self.weight.shape[2:]
        padding = (height - 1 + self.strict, width // 2)
        y = F.conv2d(x, self.weight, self.bias, padding=padding, stride=self.stride)
        return y[:, :, : -(-x.shape[2] // self.stride)]

    def initial_state(self, batch: int, width: int) -> Tensor:
        """The rows above the image: (batch, channel, kernel height, width) zeros."""
        channels, height = self.weight.shape[1:3]
        return self.weight.new_zeros(batch, channels, height, width)

    def step(self, newest: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """The outputs of one row, (batch, out channel, 1, width), and the new state.

        ``newest`` (batch, channel, 1, width) is the last row seen: the row itself, or the one
        before it if ``strict``.
        """
        state = torch.cat([state[:, :, 1:], newest], dim=2)
        padding = (0, self.weight.shape[3] // 2)
        return F.conv2d(state, self.weight, self.bias, padding=padding), state


@dataclass
class PixelState:
    """State of a :class:`CausalConv2d` while an image is sampled.

    Attributes
    ----------
    row
        (batch, left + width, channel): the inputs of the row in work, zeros before it.
    above
        (batch, channel, above, width): those of the rows before it, or None.
    base
        (batch, width, out channel): what the row in work starts from.
    matrix
        (tap * channel, out channel) of the taps in the row.
    """

    row: Tensor
    above: Tensor | None
    base: Tensor
    matrix: Tensor
    begun: bool = False


class CausalConv2d(nn.Module):
    """The masked convolution of arXiv:1601.06759 section 3.4: rows above, and pixels to the left.

    Parameters
    ----------
    in_channels, out_channels
        Features.
    above
        Rows above that are seen, from ``left`` columns before to ``right`` columns after.
    left, right
        Columns; in the pixel's own row only those to the left.
    strict
        Mask A: the pixel itself is hidden, save its channels that come before. Otherwise mask B.
    channels
        Channels of a pixel that are sampled one after the other; 1 if all at once.
    repeats
        See :func:`channel_mask`.
    stride
        As of :class:`RowConv2d`.
    """

    mask: Tensor | None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        above: int = 0,
        left: int = 0,
        right: int = 0,
        strict: bool = False,
        channels: int = 1,
        repeats: int = 1,
        stride: int = 1,
    ) -> None:
        super().__init__()
        if min(in_channels, out_channels) < 1 or min(above, left, right) < 0 or right > left:
            raise ConfigError(
                "a masked convolution needs channels of 1 or more, above, left and right of 0 or "
                f"more, and right no more than left; got {in_channels}, {out_channels}, {above}, "
                f"{left}, {right}"
            )
        self.left, self.right, self.stride = left, right, stride
        mask = channel_mask(out_channels, in_channels, channels, strict=strict, repeats=repeats)
        self.own = bool(mask.any())  # whether anything of the pixel itself is seen
        self.register_buffer("mask", None if mask.all() else mask.float(), persistent=False)
        taps = above * (left + 1 + right) + left + self.own
        std = (in_channels * max(taps, 1)) ** -0.5
        shape = (out_channels, in_channels, above, left + 1 + right)
        self.above = nn.Parameter(torch.randn(shape) * std) if above else None
        self.row = nn.Parameter(torch.randn(out_channels, in_channels, left + self.own) * std)
        self.bias = nn.Parameter(torch.zeros(out_channels))

    def row_weight(self) -> Tensor:
        """(out channel, channel, tap), the channels of the pixel itself masked."""
        if self.mask is None or not self.own:
            return self.row
        before, own = self.row[..., : self.left], self.row[..., self.left :]
        return torch.cat([before, own * self.mask.to(own.dtype).unsqueeze(2)], dim=2)

    def kernel(self) -> Tensor:
        """(out channel, channel, above + 1, columns): all taps, zeros where nothing is seen."""
        row = self.row_weight()
        if self.above is None:
            return row.unsqueeze(2)
        missing = self.above.shape[3] - row.shape[2]
        return torch.cat([self.above, F.pad(row, (0, missing)).unsqueeze(2)], dim=2)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channel, height, width) -> (batch, out channel, height, width)."""
        if self.row.shape[2] == 0 and self.above is None:
            return self.bias.view(1, -1, 1, 1).expand(len(x), -1, *x.shape[2:])
        kernel = self.kernel()
        padding = (kernel.shape[2] - 1, self.left)
        y = F.conv2d(x, kernel, self.bias, padding=padding, stride=self.stride)
        return y[:, :, : -(-x.shape[2] // self.stride), : -(-x.shape[3] // self.stride)]

    # -- pixel after pixel ---------------------------------------------------------------------

    def initial_state(self, batch: int, width: int) -> PixelState:
        """The state before the first row."""
        new, channels = self.row.new_zeros, self.row.shape[1]
        above = None if self.above is None else new(batch, channels, self.above.shape[2], width)
        return PixelState(
            row=new(batch, self.left + width, channels),
            above=above,
            base=self.bias.detach().expand(batch, width, -1),
            matrix=self.row_weight().detach().permute(2, 1, 0).flatten(0, 1).contiguous(),
        )

    def begin_row(self, state: PixelState, add: Tensor | None = None) -> None:
        """Finish the row in work and prepare the next one, in place.

        ``add`` is put to all outputs of the row: (batch, width or 1, out channel).
        """
        base = self.bias.expand(*state.base.shape)
        if state.above is not None and self.above is not None:
            if state.begun:
                finished = state.row[:, self.left :].transpose(1, 2).unsqueeze(2)
                state.above = torch.cat([state.above[:, :, 1:], finished], dim=2)
            y = F.conv2d(state.above, self.above, self.bias, padding=(0, self.left))
            base = y[:, :, 0, : base.shape[1]].transpose(1, 2)
        state.base = base if add is None else base + add
        state.begun = True

    def step(self, x_t: Tensor, state: PixelState, column: int) -> Tensor:
        """One pixel: (batch, channel) -> (batch, out channel), equal to that of :meth:`forward`.

        It may be called again for the same column when more of the pixel's channels are known.
        """
        if not len(state.matrix):
            return state.base[:, column]
        if not self.left and self.above is None:  # nothing to be kept
            return torch.addmm(state.base[:, column], x_t, state.matrix)
        self.remember(x_t, state, column)
        taps = state.row[:, column : column + self.row.shape[2]].flatten(1)
        return torch.addmm(state.base[:, column], taps, state.matrix)

    def remember(self, x_t: Tensor, state: PixelState, column: int) -> None:
        """Keep a pixel (batch, channel) of the row in work for those to come, in place."""
        state.row[:, self.left + column] = x_t
