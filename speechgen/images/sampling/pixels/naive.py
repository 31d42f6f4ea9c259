"""The naive sampler: the whole network over the whole image, for every new value.

Slow; the reference for the other engines.
"""

from __future__ import annotations

from torch import Tensor

from speechgen.images.sampling.pixels.task import PixelTask


def draw_naive(task: PixelTask) -> tuple[Tensor, int]:
    """The images, and the number of forward passes."""
    images, passes = task.begun(), 0
    height, width = images.shape[2:]
    for row in range(height):
        for column in range(width):
            for group in range(task.model.groups):
                params = task.model.params(images, task.labels)[..., row, column]
                pixel = images[:, :, row, column]
                images[:, :, row, column] = task.draw(params, row, column, group, pixel)
                passes += 1
        task.progress(row + 1, height)
    return images, passes
