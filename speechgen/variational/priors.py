"""Priors over latents, and posteriors on the support of a prior.

A prior gives ``log_prob(latents)`` entry by entry in nats and ``sample(noise)`` from N(0, I) noise.
:class:`DiagonalGaussian` is one, standard or with learnt parameters; :class:`Uniform` is another.
The uniform prior over (-1, 1) is N(0, I) pushed through g(u) = 2 Phi(u) - 1, and
a posterior joins it there by the same map: :class:`Squashed`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from speechgen.errors import ConfigError
from speechgen.variational.gaussian import LOG_TWO_PI, DiagonalGaussian

PRIORS = ("gaussian", "uniform")


def squash(values: Tensor) -> Tensor:
    """g(u) = 2 Phi(u) - 1: N(0, 1) becomes uniform on (-1, 1)."""
    return torch.erf(values / math.sqrt(2.0))


@dataclass(frozen=True)
class Uniform:
    """The uniform distribution on (-1, 1) in every entry; ``like`` has the entries' shape."""

    like: Tensor

    def log_prob(self, latents: Tensor) -> Tensor:
        """-log 2 in nats within [-1, 1], and minus infinity outside of it."""
        outside = latents.abs() > 1.0
        return torch.full_like(latents, -math.log(2.0)).masked_fill(outside, -math.inf)

    def sample(self, noise: Tensor) -> Tensor:
        """From noise of N(0, I), so that all priors take the same."""
        return squash(noise)


@dataclass(frozen=True)
class Squashed:
    """A posterior over unbounded values, pushed through g into (-1, 1).

    The Kullback-Leibler divergence from :class:`Uniform` is what ``inner`` has from N(0, I): both
    sides were pushed through one invertible map.
    """

    inner: Any

    def draw(self, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Latents in (-1, 1) and their log-density: log q(u) - log g'(u), g' = 2 phi."""
        values, log_prob = self.inner.draw(noise)
        log_slope = math.log(2.0) - 0.5 * (LOG_TWO_PI + values.square())
        return squash(values), log_prob - log_slope


def prior_named(name: str, like: Tensor) -> DiagonalGaussian | Uniform:
    """The prior ``name`` ("gaussian" | "uniform") over latents shaped as ``like``."""
    _check(name)
    return DiagonalGaussian.standard_like(like) if name == "gaussian" else Uniform(like)


def posterior_for(name: str, posterior: Any) -> Any:
    """``posterior`` on the support of the prior ``name``: squashed for "uniform", else as it is."""
    _check(name)
    return Squashed(posterior) if name == "uniform" else posterior


def quantile(name: str, probability: Tensor) -> Tensor:
    """Quantiles of the prior ``name``, entry by entry; probabilities in [0, 1]."""
    _check(name)
    return torch.special.ndtri(probability) if name == "gaussian" else 2.0 * probability - 1.0


def _check(name: str) -> None:
    if name not in PRIORS:
        raise ConfigError(f"prior: needs one of {', '.join(PRIORS)}, not {name!r}")
