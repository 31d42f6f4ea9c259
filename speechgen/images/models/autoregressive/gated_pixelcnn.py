"""Gated PixelCNN: two stacks, gates, classes (A. van den Oord et al., arXiv:1606.05328).

::

    image --> block (strict) --> block --> ... --> block --> h --> ReLU, 1x1, ReLU, 1x1 --> params
                 |  v, h           |
              k0 x k0            k x k

One stack looks at the rows above, the other at its own row and at the first: no blind spot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.causal import CausalConv2d, GatedPixelBlock, GatedPixelState, PixelState
from speechgen.images.models.autoregressive.pixel_network import PixelNetwork, spread


@dataclass
class GatedPixelCNNState:
    """State of the blocks and the head, and the class embeddings for the blocks."""

    blocks: list[GatedPixelState]
    head: list[PixelState]
    add: list[Tensor | None]


class GatedPixelCNN(PixelNetwork):
    """p(image | class) by gated convolutions in two stacks.

    Parameters
    ----------
    image_shape, num_classes, output, levels, mixtures, patch_size
        See :class:`PixelNetwork`.
    blocks
        Gated blocks, the strict first one included.
    channels
        Features of each stack (p in the paper; the gates have twice as many).
    first_kernel_size, kernel_size
        Of the first block and of the others; odd.
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
        patch_size: int = 1,
        blocks: int = 8,
        channels: int = 24,
        first_kernel_size: int = 7,
        kernel_size: int = 3,
        head_channels: int = 64,
    ) -> None:
        super().__init__(image_shape, num_classes, output, levels, mixtures, patch_size)
        groups = self.groups
        first = GatedPixelBlock(
            self.grid_shape[0], channels, first_kernel_size, strict=True, image_channels=groups
        )
        others = [
            GatedPixelBlock(channels, channels, kernel_size, image_channels=groups)
            for _ in range(blocks - 1)
        ]
        self.blocks: Any = nn.ModuleList([first, *others])
        self.hidden = CausalConv2d(channels, head_channels, channels=groups)
        self.last = CausalConv2d(head_channels, self.num_outputs, channels=groups)
        self.add_class_biases([4 * channels] * blocks)

    def outputs(self, x: Tensor, labels: Tensor | None) -> Tensor:
        """See :class:`PixelNetwork`."""
        v = h = x
        for block, add in zip(self.blocks, self.class_biases(labels), strict=True):
            v, h = block(v, h, spread(add))
        return self.last(F.relu(self.hidden(F.relu(h))))

    # -- pixel after pixel ---------------------------------------------------------------------

    def initial_state(self, batch: int, labels: Tensor | None = None) -> GatedPixelCNNState:
        """The state before the first row."""
        width = self.grid_shape[2]
        head = [layer.initial_state(batch, width) for layer in (self.hidden, self.last)]
        blocks = [block.initial_state(batch, width) for block in self.blocks]
        return GatedPixelCNNState(blocks, head, self.class_biases(labels))

    def begin_row(self, state: GatedPixelCNNState, finished: Tensor | None) -> None:
        """Prepare the next row; ``finished`` (batch, channel, width) in [0, 1] is the one before.

        The vertical stack needs nothing else, so that its whole row is computed here.
        """
        channels, _, width = self.grid_shape
        if finished is None:
            rows = self.hidden.bias.new_zeros(len(state.blocks[0].rows), channels, 1, width)
        else:
            rows = self.seen(finished).unsqueeze(2)
        for block, own, add in zip(self.blocks, state.blocks, state.add, strict=True):
            rows = block.begin_row(rows, own, spread(add))

    def step(self, pixel: Tensor, state: GatedPixelCNNState, column: int) -> Tensor:
        """Params (batch, param, group) of a pixel whose first channels are known.

        ``pixel`` is (batch, channel) in [0, 1]; what is not known yet may be anything.
        """
        h_t = self.seen(pixel)
        for block, own in zip(self.blocks, state.blocks, strict=True):
            h_t = block.step(h_t, own, column)
        h_t = self.hidden.step(F.relu(h_t), state.head[0], column)
        return self.arranged(self.last.step(F.relu(h_t), state.head[1], column))

    def finish(self, pixel: Tensor, state: GatedPixelCNNState, column: int) -> None:
        """Let the first block see the whole pixel, once all of its channels are drawn."""
        self.blocks[0].horizontal.remember(self.seen(pixel), state.blocks[0].row, column)
