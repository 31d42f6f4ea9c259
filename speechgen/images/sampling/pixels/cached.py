"""The cached sampler: each feature is computed once, so a pixel's cost is constant.

Features of finished rows are computed for a whole row at its beginning, the rest at each
pixel, as WaveNet's cached sampler does for samples (arXiv:1611.09482 in one dimension,
arXiv:1704.06001 for images).
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from speechgen.images.sampling.pixels.task import PixelTask


def draw_cached(task: PixelTask) -> tuple[Tensor, int]:
    """The images, and the number of steps of one pixel."""
    model: Any = task.model
    images, passes, finished = task.begun(), 0, None
    batch, _, height, width = images.shape
    state = model.initial_state(batch, task.labels)
    for row in range(height):
        model.begin_row(state, finished)
        for column in range(width):
            pixel = images[:, :, row, column]
            for group in range(model.groups):
                params = model.step(pixel, state, column)
                pixel = task.draw(params, row, column, group, pixel)
                passes += 1
            images[:, :, row, column] = pixel
            model.finish(pixel, state, column)
        finished = images[:, :, row]
        task.progress(row + 1, height)
    return images, passes
