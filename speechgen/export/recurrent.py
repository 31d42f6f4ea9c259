"""Recurrent layers as ONNX has them: one node for a whole sequence, of whatever length.

PyTorch orders the gates of an LSTM i f g o, and ONNX i o f g; of a GRU r z n, and ONNX z r n
(https://onnx.ai/onnx/operators/onnx__LSTM.html, https://onnx.ai/onnx/operators/onnx__GRU.html).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

_LSTM_ORDER, _GRU_ORDER = (0, 3, 1, 2), (1, 0, 2)


class _Recurrent(nn.Module):
    """The weights of one layer in one direction, with the gates in the order of ONNX."""

    weight: Tensor
    recurrent: Tensor
    bias: Tensor

    def __init__(self, layer: nn.RNNBase, order: Sequence[int]) -> None:
        super().__init__()
        self.hidden_size = layer.hidden_size
        given = layer.state_dict()
        for name, parts in (
            ("weight", ["weight_ih_l0"]),
            ("recurrent", ["weight_hh_l0"]),
            ("bias", ["bias_ih_l0", "bias_hh_l0"]),
        ):
            moved = [_in_order(given[part], order) for part in parts]
            self.register_buffer(name, torch.cat(moved)[None])

    def _node(self, kind: str, x: Tensor, *states: Tensor, **attributes: int) -> list[Tensor]:
        """(time, batch, channel) and states to the outputs and the states after."""
        after_one = (1, x.shape[1], self.hidden_size)
        shapes = [(x.shape[0], *after_one), *[after_one] * len(states)]
        y, *after = torch.onnx.ops.symbolic_multi_out(
            kind,
            (x, self.weight, self.recurrent, self.bias, None, *states),
            {"hidden_size": self.hidden_size, **attributes},
            dtypes=[x.dtype] * len(shapes),
            shapes=shapes,
        )
        return [y[:, 0], *after]


class OnnxLSTM(_Recurrent):
    """An LSTM over (time, batch, channel); it can be exported and not be run."""

    def __init__(self, layer: nn.LSTM) -> None:
        super().__init__(layer, _LSTM_ORDER)

    def forward(self, x: Tensor, hidden: Tensor, cell: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Outputs (time, batch, hidden), and both states (1, batch, hidden) after."""
        y, hidden, cell = self._node("LSTM", x, hidden, cell)
        return y, hidden, cell


class OnnxGRU(_Recurrent):
    """A GRU over (time, batch, channel); it can be exported and not be run."""

    def __init__(self, layer: nn.GRU) -> None:
        super().__init__(layer, _GRU_ORDER)

    def forward(self, x: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Outputs (time, batch, hidden), and the state (1, batch, hidden) after."""
        y, hidden = self._node("GRU", x, hidden, linear_before_reset=1)
        return y, hidden


def _in_order(rows: Tensor, order: Sequence[int]) -> Tensor:
    parts = rows.chunk(len(order))
    return torch.cat([parts[index] for index in order])
