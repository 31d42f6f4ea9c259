"""Densities: log-probabilities in nats, and sampling from noise that the caller gives."""

from __future__ import annotations

from speechgen.likelihood.base import Likelihood
from speechgen.likelihood.bernoulli import Bernoulli
from speechgen.likelihood.gaussian import Gaussian
from speechgen.likelihood.gaussian_mixture import GaussianMixture
from speechgen.likelihood.joint_bernoulli import JointBernoulli
from speechgen.likelihood.logistic_mixture import LogisticMixture
from speechgen.likelihood.mixture import Mixture
from speechgen.likelihood.mu_law import MuLawCategorical, mu_law_compress, mu_law_expand
from speechgen.likelihood.naming import (
    OUTPUTS,
    PIXEL_OUTPUTS,
    likelihood_named,
    pixel_likelihood_named,
)
from speechgen.likelihood.pixel_levels import PixelLevels
from speechgen.likelihood.pixel_mixture import PixelMixture
from speechgen.likelihood.pixels import PixelLikelihood
from speechgen.likelihood.units import nats_to_bits

__all__ = [
    "OUTPUTS",
    "PIXEL_OUTPUTS",
    "Bernoulli",
    "Gaussian",
    "GaussianMixture",
    "JointBernoulli",
    "Likelihood",
    "LogisticMixture",
    "Mixture",
    "MuLawCategorical",
    "PixelLevels",
    "PixelLikelihood",
    "PixelMixture",
    "likelihood_named",
    "mu_law_compress",
    "mu_law_expand",
    "nats_to_bits",
    "pixel_likelihood_named",
]
