"""PixelRNN: LSTMs that scan an image by rows or by diagonals (arXiv:1601.06759, sections 3.1-3.3).

::

    image --> k x k mask A --> [scan (h), 1x1 (2h)] + --> ... --> ReLU, 1x1, ReLU, 1x1 --> params

Rows are the quicker; diagonals see every earlier pixel but the last of the row above, which only
the first layer reaches, from nearby.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.causal import (
    BidirectionalState,
    CausalConv2d,
    DiagonalBiLSTM,
    PixelState,
    RowLSTM,
    ScanState,
)
from speechgen.errors import ConfigError
from speechgen.images.models.autoregressive.pixel_network import PixelNetwork, spread


@dataclass
class PixelRNNState:
    """State of the scans, the 1x1 layers after them, the first layer and the head."""

    scans: list[ScanState | BidirectionalState]
    widen: list[PixelState]
    first: PixelState
    head: list[PixelState]
    add: list[Tensor | None]


class PixelRNN(PixelNetwork):
    """p(image) by recurrent scans.

    Parameters
    ----------
    image_shape, num_classes, output, levels, mixtures
        See :class:`PixelNetwork`.
    scan
        "row" or "diagonal".
    layers
        Scans on top of each other, with residual connections around them.
    hidden
        Features of a state (h in the paper); twice as many in between.
    first_kernel_size
        Of the first layer; odd.
    head_channels
        Features of the last hidden layer.
    """

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        num_classes: int = 0,
        output: str = "bernoulli",
        levels: int = 256,
        mixtures: int = 5,
        scan: str = "row",
        layers: int = 2,
        hidden: int = 32,
        first_kernel_size: int = 7,
        head_channels: int = 64,
    ) -> None:
        super().__init__(image_shape, num_classes, output, levels, mixtures)
        if scan not in ("row", "diagonal"):
            raise ConfigError(f"scan must be row or diagonal, not {scan!r}")
        half, groups = first_kernel_size // 2, self.groups
        kind = RowLSTM if scan == "row" else DiagonalBiLSTM
        self.first = CausalConv2d(
            self.image_shape[0], 2 * hidden, above=half, left=half, right=half, strict=True,
            channels=groups,
        )  # fmt: skip
        self.scans: Any = nn.ModuleList(
            kind(2 * hidden, hidden, image_channels=groups) for _ in range(layers)
        )
        self.widen: Any = nn.ModuleList(
            CausalConv2d(hidden, 2 * hidden, channels=groups) for _ in range(layers)
        )
        self.hidden = CausalConv2d(2 * hidden, head_channels, channels=groups)
        self.last = CausalConv2d(head_channels, self.num_outputs, channels=groups)
        self.add_class_biases([4 * hidden] * layers)

    def outputs(self, x: Tensor, labels: Tensor | None) -> Tensor:
        """See :class:`PixelNetwork`."""
        x = self.first(x)
        biases = self.class_biases(labels)
        for scan, widen, add in zip(self.scans, self.widen, biases, strict=True):
            x = x + widen(scan(x, spread(add)))
        return self.last(F.relu(self.hidden(F.relu(x))))

    # -- pixel after pixel ---------------------------------------------------------------------

    def initial_state(self, batch: int, labels: Tensor | None = None) -> PixelRNNState:
        """The state before the first row."""
        width = self.image_shape[2]
        return PixelRNNState(
            [scan.initial_state(batch, width) for scan in self.scans],
            [layer.initial_state(batch, width) for layer in self.widen],
            self.first.initial_state(batch, width),
            [layer.initial_state(batch, width) for layer in (self.hidden, self.last)],
            self.class_biases(labels),
        )

    def begin_row(self, state: PixelRNNState, finished: Tensor | None) -> None:
        """Prepare the next row; ``finished`` is the one before, which the layers have seen."""
        self.first.begin_row(state.first)
        for scan, own, add in zip(self.scans, state.scans, state.add, strict=True):
            scan.begin_row(own, add)

    def step(self, pixel: Tensor, state: PixelRNNState, column: int) -> Tensor:
        """Params (batch, param, group) of a pixel whose first channels are known.

        ``pixel`` is (batch, channel) in [0, 1]; what is not known yet may be anything.
        """
        x_t = self.first.step(self.seen(pixel), state.first, column)
        for scan, own, widen, wide in zip(
            self.scans, state.scans, self.widen, state.widen, strict=True
        ):
            x_t = x_t + widen.step(scan.step(x_t, own, column), wide, column)
        x_t = self.hidden.step(F.relu(x_t), state.head[0], column)
        return self.arranged(self.last.step(F.relu(x_t), state.head[1], column))

    def finish(self, pixel: Tensor, state: PixelRNNState, column: int) -> None:
        """Let the first layer see the whole pixel, once all of its channels are drawn."""
        self.first.remember(self.seen(pixel), state.first, column)
