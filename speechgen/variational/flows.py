"""Inverse autoregressive flow: a flexible posterior.

Kingma et al. 2016 (arXiv:1606.04934), algorithm 1::

    z = mean + sigma * noise                       log q(z) = log N(noise; 0, I) - sum log sigma
    for each network:  m, s = network(z, context)
                       z <- sigma' z + (1 - sigma') m,  sigma' = sigmoid(s)
                       log q(z) <- log q(z) - sum log sigma'

The Jacobian of a step is triangular because m_i and s_i depend on z_1 ... z_(i-1) alone; the order
is reversed between the steps, so that every latent may depend on every other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from speechgen.likelihood.base import at_least_float32
from speechgen.variational.gaussian import DiagonalGaussian

Network = Callable[[Tensor, Tensor | None], tuple[Tensor, Tensor]]
UPDATES = ("gated", "affine")


def gated_update(latents: Tensor, shift: Tensor, scale: Tensor) -> tuple[Tensor, Tensor]:
    """Equations 13 and 14: the gate sigmoid(s) keeps some of z. New latents, log of the gate."""
    gate = torch.sigmoid(scale)
    return gate * latents + (1.0 - gate) * shift, F.logsigmoid(scale)


def affine_update(latents: Tensor, shift: Tensor, scale: Tensor) -> tuple[Tensor, Tensor]:
    """Equation 10, z' = m + exp(s) z, the identity where the network gives 0. Also log exp(s)."""
    return shift + torch.exp(scale) * latents, scale


@dataclass(frozen=True)
class InverseAutoregressiveFlow:
    """A posterior: a diagonal Gaussian, then one autoregressive step after another.

    Attributes
    ----------
    base
        The base distribution.
    networks
        Each takes latents (..., latent) and the context, and gives m and s of that shape, whose
        entry i depends on earlier entries of the latents only.
    context
        (batch, feature), or None; the h of the paper.
    update
        "gated" (algorithm 1) or "affine" (equation 10).
    """

    base: DiagonalGaussian
    networks: Sequence[Network]
    context: Tensor | None = None
    update: str = "gated"

    def draw(self, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Latents (..., latent) and the terms of their log-density, which add up over latents."""
        step = gated_update if self.update == "gated" else affine_update
        latents, log_prob = self.base.draw(noise)
        for index, network in enumerate(self.networks):
            if index:
                latents, log_prob = latents.flip(-1), log_prob.flip(-1)
            shift, scale = (at_least_float32(x) for x in network(latents, self.context))
            latents, log_slope = step(latents, shift, scale)
            log_prob = log_prob - log_slope
        return latents, log_prob
