"""Variational inference: posteriors, priors, divergences, ELBO, flows; no networks."""

from speechgen.variational.divergence import (
    closed_form_kl,
    gaussian_kl,
    log_ratio,
    standard_gaussian_kl,
)
from speechgen.variational.elbo import (
    Evidence,
    evidence,
    linear_annealing,
    standard_noise,
    weighted_loss,
)
from speechgen.variational.flows import UPDATES, InverseAutoregressiveFlow
from speechgen.variational.gaussian import LOG_TWO_PI, DiagonalGaussian
from speechgen.variational.importance import importance_bound, importance_log_likelihood
from speechgen.variational.priors import (
    PRIORS,
    Squashed,
    Uniform,
    posterior_for,
    prior_named,
    quantile,
)

__all__ = [
    "LOG_TWO_PI",
    "PRIORS",
    "UPDATES",
    "DiagonalGaussian",
    "Evidence",
    "InverseAutoregressiveFlow",
    "Squashed",
    "Uniform",
    "closed_form_kl",
    "evidence",
    "gaussian_kl",
    "importance_bound",
    "importance_log_likelihood",
    "linear_annealing",
    "log_ratio",
    "posterior_for",
    "prior_named",
    "quantile",
    "standard_gaussian_kl",
    "standard_noise",
    "weighted_loss",
]
