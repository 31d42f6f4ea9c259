"""Input and output of the pixel engines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from speechgen.images.models.autoregressive.pixel_network import PixelNetwork

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class PixelTask:
    """Images to draw.

    Attributes
    ----------
    model
        The network, used as it is.
    noise
        Uniforms (batch, noise channel, height, width).
    labels
        (batch,) long, or None.
    temperature
        Of the draws.
    given, known
        Images (batch, channel, height, width), and where they count, bool of the same shape.
    progress
        Called with what is done and what there is to do, rows or passes.
    """

    model: PixelNetwork
    noise: Tensor
    labels: Tensor | None
    temperature: float
    given: Tensor
    known: Tensor
    progress: Progress

    @cached_property
    def inpaints(self) -> bool:
        """Whether anything is known."""
        return bool(self.known.any())

    def begun(self) -> Tensor:
        """Images with what is known, and 0 elsewhere."""
        return torch.where(self.known, self.given, torch.zeros_like(self.given))

    def draw(self, params: Tensor, row: int, column: int, group: int, pixel: Tensor) -> Tensor:
        """``pixel`` (batch, channel) with the channels of one group drawn, or as they are known.

        ``params`` is (batch, param, group), those of this pixel.
        """
        likelihood, noise = self.model.likelihood, self.noise[:, :, row, column]
        one = slice(None) if likelihood.joint else slice(group, group + 1)
        if not likelihood.joint:
            params, noise = params[:, :, one], noise[:, one]
        if self.inpaints:
            given, known = (of[:, one, row, column] for of in (self.given, self.known))
            drawn = likelihood.sample_given(params, noise, self.temperature, given, known)
        else:
            drawn = likelihood.sample(params, noise, self.temperature)
        if drawn.shape == pixel.shape:
            return drawn
        return torch.cat([pixel[:, :group], drawn, pixel[:, group + 1 :]], dim=1)


@dataclass(frozen=True)
class PixelDraw:
    """Drawn images (batch, channel, height, width) in [0, 1], by which engine, in how many passes.

    ``passes`` counts calls of the network: on whole images, or of one pixel's step if "cached".
    """

    images: Tensor
    engine: str
    passes: int
