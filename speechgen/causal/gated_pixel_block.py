"""The gated block of PixelCNN: two stacks without a blind spot (arXiv:1606.05328, figure 2).

::

    rows above   v --> rows conv --+-------(+ class)--> tanh * sigmoid --------------> v'
                                   | 1x1
    own row      h --+--> row conv-+-->(+ class)--> tanh * sigmoid --> 1x1 --> + --> h'
                     |                                                         |
                     +---------------------------------------------------------+

What v holds at row i comes from rows above i only (the first block is strict), so h may take all
of it, and the two together see every pixel before this one and no other.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from speechgen.causal.conv2d import CausalConv2d, PixelState, RowConv2d


def gate(x: Tensor) -> Tensor:
    """``tanh(first half) * sigmoid(second half)`` of axis 1: equation 2 of arXiv:1606.05328."""
    filtered, opened = x.chunk(2, dim=1)
    return torch.tanh(filtered) * torch.sigmoid(opened)


@dataclass
class GatedPixelState:
    """State of a block: rows of v, and the current row of h and of the gated h."""

    rows: Tensor
    row: PixelState
    out: PixelState


class GatedPixelBlock(nn.Module):
    """One layer of both stacks.

    Parameters
    ----------
    in_channels
        Of both inputs; the image's in the first block.
    channels
        Of both outputs.
    kernel_size
        k of the k x k kernel whose upper half is cut in a part above and a part to the left.
    strict
        Whether this is the first block: the row itself is hidden from v, the pixel from h, and
        there is no residual.
    image_channels
        Channels of a pixel that are sampled one after the other.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int,
        kernel_size: int,
        *,
        strict: bool = False,
        image_channels: int = 1,
    ) -> None:
        super().__init__()
        half = kernel_size // 2
        self.strict = strict
        height = max(1, half) if strict else half + 1
        self.vertical = RowConv2d(in_channels, 2 * channels, height, kernel_size, strict=strict)
        self.across = nn.Conv2d(2 * channels, 2 * channels, 1, bias=False)
        nn.init.normal_(self.across.weight, std=(2 * channels) ** -0.5)
        self.horizontal = CausalConv2d(
            in_channels, 2 * channels, left=max(1, half) if strict else half, strict=strict,
            channels=image_channels, repeats=2,
        )  # fmt: skip
        self.out = CausalConv2d(channels, channels, channels=image_channels)

    def forward(self, v: Tensor, h: Tensor, add: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Whole images.

        Parameters
        ----------
        v, h
            (batch, in channel, height, width).
        add
            Class or place: (batch, 4 channel, height or 1, width or 1), added to the gates of v
            (first half) and of h (second half), as in equation 4.

        Returns
        -------
        tuple
            The next v and h, (batch, channel, height, width) each.
        """
        rows = self.vertical(v)
        gates = self.horizontal(h) + self.across(rows)
        if add is not None:
            to_rows, to_gates = add.chunk(2, dim=1)
            rows, gates = rows + to_rows, gates + to_gates
        out = self.out(gate(gates))
        return gate(rows), out if self.strict else h + out

    def initial_state(self, batch: int, width: int) -> GatedPixelState:
        """The state before the first row."""
        return GatedPixelState(
            self.vertical.initial_state(batch, width),
            self.horizontal.initial_state(batch, width),
            self.out.initial_state(batch, width),
        )

    def begin_row(self, v: Tensor, state: GatedPixelState, add: Tensor | None = None) -> Tensor:
        """A row of v, (batch, in channel, 1, width), to the next block's; prepares the row of h.

        A strict block is given the row before. ``add`` is as in :meth:`forward`, of this row.
        """
        rows, state.rows = self.vertical.step(v, state.rows)
        to_gates = self.across(rows)
        if add is not None:
            rows, to_gates = rows + add.chunk(2, dim=1)[0], to_gates + add.chunk(2, dim=1)[1]
        self.horizontal.begin_row(state.row, to_gates[:, :, 0].transpose(1, 2))
        self.out.begin_row(state.out)
        return gate(rows)

    def step(self, h_t: Tensor, state: GatedPixelState, column: int) -> Tensor:
        """One pixel of h: (batch, in channel) -> (batch, channel)."""
        out = self.out.step(gate(self.horizontal.step(h_t, state.row, column)), state.out, column)
        return out if self.strict else h_t + out
