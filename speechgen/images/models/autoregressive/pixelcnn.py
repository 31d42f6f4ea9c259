"""PixelCNN: masked convolutions in residual blocks (A. van den Oord et al., arXiv:1601.06759, 3.4).

::

    image --> k x k mask A --> [ReLU, 1x1, ReLU, 3x3 mask B, ReLU, 1x1] + --> ... --> head

Masked convolutions on top of each other leave a blind spot: a wedge of pixels above and to the
right that no layer reaches (arXiv:1606.05328, figure 1, right). It is part of this network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.causal import CausalConv2d, PixelState
from speechgen.images.models.autoregressive.pixel_network import PixelNetwork, spread


class Residual(nn.Module):
    """The residual block of arXiv:1601.06759, figure 5: 2h -> h -> h -> 2h features."""

    def __init__(self, channels: int, kernel_size: int, image_channels: int) -> None:
        super().__init__()
        half, inner = kernel_size // 2, channels // 2
        self.narrow = CausalConv2d(channels, inner, channels=image_channels)
        self.masked = CausalConv2d(
            inner, inner, above=half, left=half, right=half, channels=image_channels
        )
        self.widen = CausalConv2d(inner, channels, channels=image_channels)

    @property
    def layers(self) -> tuple[CausalConv2d, CausalConv2d, CausalConv2d]:
        """In order."""
        return self.narrow, self.masked, self.widen

    def forward(self, x: Tensor, add: Tensor | None = None) -> Tensor:
        """(batch, channel, height, width); ``add`` is the class's, (batch, channel / 2, 1, 1)."""
        y = self.narrow(F.relu(x))
        y = self.masked(F.relu(y if add is None else y + add))
        return x + self.widen(F.relu(y))

    def step(self, x_t: Tensor, states: Sequence[PixelState], column: int) -> Tensor:
        """One pixel; the class was added when the row began."""
        y_t = x_t
        for layer, state in zip(self.layers, states, strict=True):
            y_t = layer.step(F.relu(y_t), state, column)
        return x_t + y_t


@dataclass
class PixelCNNState:
    """State of the layers, first to last, and the class embeddings for the blocks."""

    layers: list[PixelState]
    add: list[Tensor | None]


class PixelCNN(PixelNetwork):
    """p(image) by masked convolutions.

    Parameters
    ----------
    image_shape, num_classes, output, levels, mixtures
        See :class:`PixelNetwork`.
    blocks
        Residual blocks.
    channels
        Features of the residual path (2h in the paper); half of them inside of a block.
    first_kernel_size, kernel_size
        Of the first layer and of the blocks; odd.
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
        blocks: int = 8,
        channels: int = 64,
        first_kernel_size: int = 7,
        kernel_size: int = 3,
        head_channels: int = 64,
    ) -> None:
        super().__init__(image_shape, num_classes, output, levels, mixtures)
        half, groups = first_kernel_size // 2, self.groups
        self.first = CausalConv2d(
            self.image_shape[0], channels, above=half, left=half, right=half, strict=True,
            channels=groups,
        )  # fmt: skip
        self.blocks: Any = nn.ModuleList(
            Residual(channels, kernel_size, groups) for _ in range(blocks)
        )
        self.hidden = CausalConv2d(channels, head_channels, channels=groups)
        self.last = CausalConv2d(head_channels, self.num_outputs, channels=groups)
        self.add_class_biases([channels // 2] * blocks)

    def outputs(self, x: Tensor, labels: Tensor | None) -> Tensor:
        """See :class:`PixelNetwork`."""
        x = self.first(x)
        for block, add in zip(self.blocks, self.class_biases(labels), strict=True):
            x = block(x, spread(add))
        return self.last(F.relu(self.hidden(F.relu(x))))

    # -- pixel after pixel ---------------------------------------------------------------------

    def initial_state(self, batch: int, labels: Tensor | None = None) -> PixelCNNState:
        """The state before the first row."""
        width = self.image_shape[2]
        layers = [layer.initial_state(batch, width) for layer in self._layers()]
        return PixelCNNState(layers, self.class_biases(labels))

    def begin_row(self, state: PixelCNNState, finished: Tensor | None) -> None:
        """Prepare the next row; ``finished`` is the one before, which the layers have seen."""
        add: dict[int, Tensor | None] = {1 + 3 * n: bias for n, bias in enumerate(state.add)}
        for index, (layer, own) in enumerate(zip(self._layers(), state.layers, strict=True)):
            bias = add.get(index)
            layer.begin_row(own, None if bias is None else bias.unsqueeze(1))

    def step(self, pixel: Tensor, state: PixelCNNState, column: int) -> Tensor:
        """Params (batch, param, group) of a pixel whose first channels are known.

        ``pixel`` is (batch, channel) in [0, 1]; what is not known yet may be anything.
        """
        states = state.layers
        x_t = self.first.step(self.seen(pixel), states[0], column)
        for index, block in enumerate(self.blocks):
            x_t = block.step(x_t, states[1 + 3 * index : 4 + 3 * index], column)
        x_t = self.hidden.step(F.relu(x_t), states[-2], column)
        return self.arranged(self.last.step(F.relu(x_t), states[-1], column))

    def finish(self, pixel: Tensor, state: PixelCNNState, column: int) -> None:
        """Let the first layer see the whole pixel, once all of its channels are drawn."""
        self.first.remember(self.seen(pixel), state.layers[0], column)

    def _layers(self) -> list[CausalConv2d]:
        inner = [layer for block in self.blocks for layer in block.layers]
        return [self.first, *inner, self.hidden, self.last]
