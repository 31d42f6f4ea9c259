"""A categorical distribution over the levels of a pixel value (arXiv:1601.06759, section 2.2)."""

from __future__ import annotations

import torch
from torch import Tensor

from speechgen.errors import ConfigError
from speechgen.likelihood.base import at_least_float32
from speechgen.likelihood.categorical import cumulative, invert
from speechgen.likelihood.pixels import PixelLikelihood


class PixelLevels(PixelLikelihood):
    """Softmax over ``levels`` values k / (levels - 1), each value on its own.

    Examples
    --------
    >>> PixelLevels(256).num_params
    256
    """

    name = "categorical"

    def __init__(self, levels: int = 256) -> None:
        if not 2 <= levels <= 65536:
            raise ConfigError(f"levels must be in [2, 65536], not {levels}")
        self.levels = levels
        self.num_params = levels

    def __str__(self) -> str:
        return f"{self.levels} levels"

    def classes(self, images: Tensor) -> Tensor:
        """Values in [0, 1] -> whole numbers of the nearest levels (long)."""
        return (images.clamp(0.0, 1.0) * (self.levels - 1)).round().long()

    def values(self, classes: Tensor, params: Tensor) -> Tensor:
        """The inverse of :meth:`classes`, in the precision of ``params``."""
        return classes.to(at_least_float32(params).dtype) / (self.levels - 1)

    def log_prob(self, params: Tensor, images: Tensor) -> Tensor:
        """See :class:`PixelLikelihood`."""
        nats = torch.log_softmax(at_least_float32(params), dim=1)
        return nats.gather(1, self.classes(images).unsqueeze(1)).squeeze(1)

    def sample(self, params: Tensor, noise: Tensor, temperature: float = 1.0) -> Tensor:
        """By inversion of the cumulative probabilities."""
        return self.values(invert(cumulative(params, temperature), noise), params)

    def mode(self, params: Tensor) -> Tensor:
        """The value of the greatest logit."""
        return self.values(params.argmax(dim=1), params)

    def mean(self, params: Tensor) -> Tensor:
        """The mean of the levels, weighted by their probabilities."""
        weights = torch.softmax(at_least_float32(params), dim=1)
        levels = torch.linspace(0.0, 1.0, self.levels, dtype=weights.dtype, device=weights.device)
        return torch.einsum("bk...,k->b...", weights, levels)
