"""Input and output of the pixel engines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
        Images (batch, channel, height, width), and where they count (batch, 1, height, width).
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

    def begun(self) -> Tensor:
        """Images with what is known, and 0 elsewhere."""
        return torch.where(self.known, self.given, torch.zeros_like(self.given))

    def draw(self, params: Tensor, row: int, column: int, group: int, pixel: Tensor) -> Tensor:
        """``pixel`` (batch, channel) with the channels of one group drawn, or as they are known.

        ``params`` is (batch, param, group), those of this pixel.
        """
        likelihood, noise = self.model.likelihood, self.noise[:, :, row, column]
        known, given = self.known[:, :, row, column], self.given[:, :, row, column]
        if likelihood.joint:
            drawn = likelihood.sample(params, noise, self.temperature)
            return torch.where(known, given, drawn)
        one = slice(group, group + 1)
        drawn = likelihood.sample(params[:, :, one], noise[:, one], self.temperature)
        drawn = torch.where(known, given[:, one], drawn)
        return torch.cat([pixel[:, :group], drawn, pixel[:, group + 1 :]], dim=1)


@dataclass(frozen=True)
class PixelDraw:
    """Drawn images (batch, channel, height, width) in [0, 1], by which engine, in how many passes.

    ``passes`` counts calls of the network: on whole images, or of one pixel's step if "cached".
    """

    images: Tensor
    engine: str
    passes: int
