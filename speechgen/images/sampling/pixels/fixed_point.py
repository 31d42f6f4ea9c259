"""Fixed-point sampling: all pixels are sampled at once, repeatedly, until none changes.

Under fixed noise a sample is x = f(x) with f strictly triangular: after n passes at least the first
n values are right, and an image that a pass leaves as it was is the sample itself. Far fewer passes
than values are needed where most values do not depend on their neighbours (arXiv:2002.09928).
"""

from __future__ import annotations

import torch
from torch import Tensor

from speechgen.images.sampling.pixels.task import PixelTask


def draw_fixed_point(task: PixelTask) -> tuple[Tensor, int]:
    """The images, and the number of forward passes, the last one having changed nothing."""
    images = task.begun()
    likelihood, most = task.model.likelihood, images[0].numel() + 1
    for done in range(1, most + 1):
        params = task.model.params(images, task.labels)
        drawn = likelihood.sample_given(
            params, task.noise, task.temperature, task.given, task.known
        )
        if torch.equal(drawn, images):
            task.progress(most, most)
            return images, done
        images = drawn
        task.progress(done, most)
    raise AssertionError("the network is not causal: its draws never converge")
