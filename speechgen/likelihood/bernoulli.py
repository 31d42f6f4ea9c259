"""The Bernoulli distribution of a binary pixel, given by its logit."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from speechgen.likelihood.base import at_least_float32, check_temperature
from speechgen.likelihood.pixels import PixelLikelihood


class Bernoulli(PixelLikelihood):
    """p(1) = sigmoid(logit) for every value on its own; shapes as in :mod:`.pixels`.

    Works on any axes after (batch, param): params (batch, 1, ...) with values (batch, ...).

    Examples
    --------
    >>> logits = torch.zeros(1, 1, 1, 2, 2)
    >>> Bernoulli().log_prob(logits, torch.ones(1, 1, 2, 2)).sum().exp().item()
    0.0625
    """

    name = "bernoulli"
    num_params = 1
    levels = 2

    def __str__(self) -> str:
        return "Bernoulli"

    def log_prob(self, params: Tensor, images: Tensor) -> Tensor:
        """``x log p + (1 - x) log(1 - p)`` in nats: (batch, 1, ...), (batch, ...) -> (batch, ...).

        For values between 0 and 1 that is the cross entropy many codes train grey images by; it is
        the log-probability of an image where all values are 0 or 1.
        """
        logits = at_least_float32(params).squeeze(1)
        return images * logits - F.softplus(logits)

    def sample(self, params: Tensor, noise: Tensor, temperature: float = 1.0) -> Tensor:
        """1 where the uniform lies in the upper p(1) of [0, 1): (batch, ...), as the noise."""
        check_temperature(temperature)
        logits = at_least_float32(params).squeeze(1) / temperature
        return (noise >= torch.sigmoid(-logits)).to(logits.dtype)

    def mode(self, params: Tensor) -> Tensor:
        """(batch, 1, ...) -> (batch, ...) of 0 and 1."""
        logits = at_least_float32(params).squeeze(1)
        return (logits > 0).to(logits.dtype)

    def mean(self, params: Tensor) -> Tensor:
        """(batch, 1, ...) -> p(1), (batch, ...)."""
        return torch.sigmoid(at_least_float32(params).squeeze(1))
