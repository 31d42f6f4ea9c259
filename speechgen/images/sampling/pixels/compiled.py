"""The cached sampler of the gated PixelCNN with a pixel's step compiled, for CPUs.

A pixel of a narrow network is some thousand multiplications in forty layers: by PyTorch nearly all
of its time goes to the calls. Here one call of a numba function does a pixel of every image, on the
same state as :mod:`.cached`; rows are prepared by the network itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from speechgen.images.models.autoregressive.gated_pixelcnn import GatedPixelCNN, GatedPixelCNNState
from speechgen.images.sampling.pixels.cached import draw_cached
from speechgen.images.sampling.pixels.task import PixelTask
from speechgen.likelihood import Bernoulli


def compiles(model: nn.Module) -> bool:
    """Whether this sampler can draw from the network, where and as it is."""
    if not isinstance(model, GatedPixelCNN):
        return False
    weight = model.last.bias
    return weight.device.type == "cpu" and weight.dtype in (torch.float32, torch.float64)


def draw_compiled(task: PixelTask) -> tuple[Tensor, int]:
    """The images, and the number of steps of one pixel."""
    network: Any = _CompiledStep(task.model)
    task = replace(task, model=network)
    if isinstance(network.likelihood, Bernoulli) and network.groups == 1:
        return network.draw_binary(task)
    return draw_cached(task)


class _CompiledStep:
    """A gated PixelCNN as :func:`.draw_cached` calls it; ``step`` shares the state's memory."""

    def __init__(self, model: Any) -> None:
        from speechgen.images.sampling.pixels.pixel_kernel import draw_binary_row, pixel_outputs

        self._model, self._outputs, self._draw_row = model, pixel_outputs, draw_binary_row
        self.groups, self.likelihood = model.groups, model.likelihood
        self.finish = model.finish
        self._weights: tuple[Any, ...] = ()
        self._bases: tuple[np.ndarray, ...] = ()

    def initial_state(self, batch: int, labels: Tensor | None) -> GatedPixelCNNState:
        """That of the network, seen as arrays."""
        state: GatedPixelCNNState = self._model.initial_state(batch, labels)
        hidden, last = state.head
        self._weights = (
            tuple(block.row.matrix.numpy() for block in state.blocks),
            tuple(block.out.matrix.numpy() for block in state.blocks),
            tuple(_array(block.out.bias) for block in self._model.blocks),
            hidden.matrix.numpy(), _array(self._model.hidden.bias),
            last.matrix.numpy(), _array(self._model.last.bias),
        )  # fmt: skip
        self._rows = tuple(block.row.row.numpy() for block in state.blocks)
        return state

    def begin_row(self, state: GatedPixelCNNState, finished: Tensor | None) -> None:
        """By the network; what it has prepared for each block is (batch, width, gate)."""
        self._model.begin_row(state, finished)
        self._bases = tuple(_array(block.row.base) for block in state.blocks)

    def step(self, pixel: Tensor, state: GatedPixelCNNState, column: int) -> Tensor:
        """(batch, channel) in [0, 1] to params (batch, param, group)."""
        seen = _array(self._model.seen(pixel))
        outputs = self._outputs(seen, column, self._rows, self._bases, self._weights)
        arranged: Tensor = self._model.arranged(torch.from_numpy(outputs))
        return arranged

    def draw_binary(self, task: PixelTask) -> tuple[Tensor, int]:
        """As :func:`.draw_cached`, a row of images of black and white in one call."""
        images, finished = task.begun(), None
        batch, _, height, width = images.shape
        state = self.initial_state(batch, task.labels)
        noise, known = _array(task.noise[:, 0]), _array(task.known[:, 0])
        for row in range(height):
            self.begin_row(state, finished)
            drawn = images[:, 0, row].numpy().copy()
            self._draw_row(
                drawn, noise[:, row], known[:, row], task.temperature, self._rows, self._bases,
                self._weights,
            )  # fmt: skip
            images[:, 0, row] = torch.from_numpy(drawn)
            finished = images[:, :, row]
            task.progress(row + 1, height)
        return images, height * width


def _array(values: Tensor) -> np.ndarray:
    return np.ascontiguousarray(values.detach().numpy())
