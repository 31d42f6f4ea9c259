"""PixelRNN's LSTMs: row by row, or along diagonals (arXiv:1601.06759, sections 3.1, 3.2).

::

    row LSTM                     diagonal LSTM (and the same from the right, one row later)

      h h h   of the row above         h       above
       \\|/                             |
        o     itself               h - o       to the left

All inputs to the gates that do not depend on the state are one convolution of the whole image. The
diagonal scan then runs over the columns of a skewed image, row i moved i places to the right, in
which a column is a diagonal: all its pixels are computed at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.causal.conv2d import CausalConv2d, PixelState


def skew(x: Tensor) -> Tensor:
    """(batch, channel, height, width) -> (batch, channel, height, width + height - 1).

    Row i is moved i places to the right, with zeros around it.
    """
    height, width = x.shape[2:]
    flat = F.pad(x, (0, height)).flatten(2)
    return flat[..., : height * (width + height - 1)].unflatten(2, (height, -1))


def unskew(x: Tensor) -> Tensor:
    """The inverse of :func:`skew`."""
    height = x.shape[2]
    return F.pad(x.flatten(2), (0, height)).unflatten(2, (height, -1))[..., :-height]


def lstm(gates: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
    """h and c from gates (batch, 4 hidden, ...) and the cell before (batch, hidden, ...).

    Equation 3 of arXiv:1601.06759: output, forget and input gate, content.
    """
    opened, forget, take, content = gates.chunk(4, dim=1)
    cell = torch.sigmoid(forget) * cell + torch.sigmoid(take) * torch.tanh(content)
    return torch.sigmoid(opened) * torch.tanh(cell), cell


@dataclass
class ScanState:
    """State of a scan: its inputs, and h and c of two rows, (batch, width, hidden) each."""

    pixel: PixelState
    hidden: Tensor
    cell: Tensor
    hidden_before: Tensor
    cell_before: Tensor


class Scan(nn.Module):
    """Base of both scans: the gates' inputs, and the states of the current row.

    Parameters
    ----------
    in_channels, hidden
        Features of the input and of the state.
    left
        Pixels to the left whose inputs the gates see.
    image_channels
        Channels of a pixel that are sampled one after the other.
    """

    def __init__(self, in_channels: int, hidden: int, *, left: int, image_channels: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.to_gates = CausalConv2d(
            in_channels, 4 * hidden, left=left, channels=image_channels, repeats=4
        )
        with torch.no_grad():
            self.to_gates.bias[hidden : 2 * hidden] = 1.0  # forget gates start open

    def zeros(self, gates: Tensor, size: int) -> Tensor:
        """h or c before the beginning, at least in float32: (batch, hidden, size)."""
        dtype = torch.promote_types(gates.dtype, torch.float32)
        return gates.new_zeros((len(gates), self.hidden, size), dtype=dtype)

    def initial_state(self, batch: int, width: int) -> ScanState:
        """The state before the first row."""
        zeros = self.to_gates.bias.new_zeros(4, batch, width, self.hidden)
        return ScanState(self.to_gates.initial_state(batch, width), *zeros.unbind())

    def next_row(self, state: ScanState) -> None:
        """The row in work becomes the row before, in place."""
        state.hidden_before, state.cell_before = state.hidden, state.cell
        state.hidden, state.cell = torch.zeros_like(state.hidden), torch.zeros_like(state.cell)


class RowLSTM(Scan):
    """Each pixel's state comes from the three above it; inputs from its left and itself.

    It sees a triangle above the pixel: wide, but not all of the earlier pixels (section 3.1).
    """

    def __init__(
        self, in_channels: int, hidden: int, *, kernel_size: int = 3, image_channels: int = 1
    ) -> None:
        super().__init__(in_channels, hidden, left=kernel_size // 2, image_channels=image_channels)
        std = (kernel_size * hidden) ** -0.5
        self.weight = nn.Parameter(torch.randn(4 * hidden, hidden, kernel_size) * std)

    def forward(self, x: Tensor, add: Tensor | None = None) -> Tensor:
        """(batch, channel, height, width) -> (batch, hidden, height, width).

        ``add`` (batch, 4 hidden, 1, 1) is put to the gates.
        """
        gates = self.to_gates(x) if add is None else self.to_gates(x) + add
        hidden = cell = self.zeros(gates, x.shape[3])
        rows = []
        for row in gates.unbind(2):
            hidden, cell = lstm(row + self._from_above(hidden), cell)
            rows.append(hidden)
        return torch.stack(rows, dim=2)

    def _from_above(self, hidden: Tensor) -> Tensor:
        """(batch, hidden, width) -> (batch, 4 hidden, width)."""
        return F.conv1d(hidden, self.weight, padding=self.weight.shape[2] // 2)

    def begin_row(self, state: ScanState, add: Tensor | None = None) -> None:
        """Prepare the next row, in place; ``add`` is (batch, 4 hidden)."""
        self.next_row(state)
        gates = self._from_above(state.hidden_before.transpose(1, 2)).transpose(1, 2)
        self.to_gates.begin_row(state.pixel, gates if add is None else gates + add.unsqueeze(1))

    def step(self, x_t: Tensor, state: ScanState, column: int) -> Tensor:
        """One pixel: (batch, channel) -> (batch, hidden)."""
        gates = self.to_gates.step(x_t, state.pixel, column)
        state.hidden[:, column], state.cell[:, column] = lstm(gates, state.cell_before[:, column])
        return state.hidden[:, column]


class DiagonalLSTM(Scan):
    """Each pixel's state comes from those above and to its left; the cell from the left.

    It reaches all pixels above and to the left.
    """

    def __init__(self, in_channels: int, hidden: int, *, image_channels: int = 1) -> None:
        super().__init__(in_channels, hidden, left=0, image_channels=image_channels)
        std = (2 * hidden) ** -0.5
        self.weight = nn.Parameter(torch.randn(4 * hidden, hidden, 2) * std)  # above, left

    def forward(self, x: Tensor, add: Tensor | None = None) -> Tensor:
        """(batch, channel, height, width) -> (batch, hidden, height, width); see RowLSTM."""
        gates = self.to_gates(x) if add is None else self.to_gates(x) + add
        hidden = cell = self.zeros(gates, x.shape[2])
        columns = []
        for column in skew(gates).unbind(3):  # left of the image gates and so h and c are zeros
            above_and_left = F.conv1d(F.pad(hidden, (1, 0)), self.weight)
            hidden, cell = lstm(column + above_and_left, cell)
            columns.append(hidden)
        return unskew(torch.stack(columns, dim=3))

    def begin_row(self, state: ScanState, add: Tensor | None = None) -> None:
        """Prepare the next row, in place; ``add`` is (batch, 4 hidden)."""
        self.next_row(state)
        gates = state.hidden_before @ self.weight[:, :, 0].T
        self.to_gates.begin_row(state.pixel, gates if add is None else gates + add.unsqueeze(1))

    def step(self, x_t: Tensor, state: ScanState, column: int) -> Tensor:
        """One pixel: (batch, channel) -> (batch, hidden)."""
        gates = self.to_gates.step(x_t, state.pixel, column)
        cell = torch.zeros_like(state.cell[:, 0])
        if column:
            gates = torch.addmm(gates, state.hidden[:, column - 1], self.weight[:, :, 1].T)
            cell = state.cell[:, column - 1]
        state.hidden[:, column], state.cell[:, column] = lstm(gates, cell)
        return state.hidden[:, column]


@dataclass
class BidirectionalState:
    """The scan from the left, the mirrored one, and the inputs of the current row."""

    left: ScanState
    right: ScanState
    inputs: Tensor  # (batch, width, channel)
    above: Tensor  # (batch, width, hidden): what the mirrored scan makes of the row before
    begun: bool = False


class DiagonalBiLSTM(nn.Module):
    """Diagonal scans from both sides; the right one's map comes a row later (section 3.2).

    So a pixel sees of its right side only rows above. Behind a strict first layer, whose features
    at the end of a row do not depend on that row's last pixel, all earlier pixels are seen save
    one: the last of the row above.
    """

    def __init__(self, in_channels: int, hidden: int, *, image_channels: int = 1) -> None:
        super().__init__()
        self.hidden = hidden
        self.left = DiagonalLSTM(in_channels, hidden, image_channels=image_channels)
        self.right = DiagonalLSTM(in_channels, hidden, image_channels=image_channels)

    def forward(self, x: Tensor, add: Tensor | None = None) -> Tensor:
        """(batch, channel, height, width) -> (batch, hidden, height, width); see RowLSTM."""
        from_right = self.right(x.flip(3), add).flip(3)
        return self.left(x, add) + F.pad(from_right, (0, 0, 1, 0))[:, :, :-1]

    def initial_state(self, batch: int, width: int) -> BidirectionalState:
        """The state before the first row."""
        left, right = (scan.initial_state(batch, width) for scan in (self.left, self.right))
        inputs = left.hidden.new_zeros(batch, width, self.left.to_gates.row.shape[1])
        return BidirectionalState(left, right, inputs, torch.zeros_like(left.hidden))

    def begin_row(self, state: BidirectionalState, add: Tensor | None = None) -> None:
        """Scan the finished row from the right and prepare the next one, in place."""
        if state.begun:
            self.right.begin_row(state.right, add)
            mirrored = state.inputs.flip(1)
            seen = [
                self.right.step(mirrored[:, j], state.right, j) for j in range(mirrored.shape[1])
            ]
            state.above = torch.stack(seen, dim=1).flip(1)
        state.begun = True
        self.left.begin_row(state.left, add)

    def step(self, x_t: Tensor, state: BidirectionalState, column: int) -> Tensor:
        """One pixel: (batch, channel) -> (batch, hidden)."""
        state.inputs[:, column] = x_t
        return self.left.step(x_t, state.left, column) + state.above[:, column]
