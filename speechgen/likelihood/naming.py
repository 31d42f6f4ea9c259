"""Distributions by the names of the configuration."""

from __future__ import annotations

from speechgen.errors import ConfigError
from speechgen.likelihood.base import Likelihood
from speechgen.likelihood.bernoulli import Bernoulli
from speechgen.likelihood.gaussian import Gaussian
from speechgen.likelihood.gaussian_mixture import GaussianMixture
from speechgen.likelihood.joint_bernoulli import JointBernoulli
from speechgen.likelihood.logistic_mixture import LogisticMixture
from speechgen.likelihood.mu_law import MuLawCategorical
from speechgen.likelihood.pixel_levels import PixelLevels
from speechgen.likelihood.pixel_mixture import PixelMixture
from speechgen.likelihood.pixels import PixelLikelihood

OUTPUTS = ("mu_law", "logistic_mixture", "gaussian", "gaussian_mixture")
PIXEL_OUTPUTS = ("bernoulli", "joint_bernoulli", "categorical", "logistic_mixture")


def likelihood_named(
    name: str, *, classes: int = 256, mixtures: int = 10, bits: int = 16
) -> Likelihood:
    """The distribution called ``name``, one of :data:`OUTPUTS`.

    Parameters
    ----------
    name
        Name of the distribution.
    classes
        Of "mu_law".
    mixtures
        Components of the mixtures.
    bits
        Of "logistic_mixture".

    Raises
    ------
    ConfigError
        The name is unknown, or a number is out of range.
    """
    if name == "mu_law":
        return MuLawCategorical(classes)
    if name == "logistic_mixture":
        return LogisticMixture(mixtures, bits)
    if name == "gaussian":
        return Gaussian()
    if name == "gaussian_mixture":
        return GaussianMixture(mixtures)
    raise ConfigError(f"unknown output distribution {name!r}; known are: {', '.join(OUTPUTS)}")


def pixel_likelihood_named(
    name: str, *, channels: int = 1, levels: int = 256, mixtures: int = 5
) -> PixelLikelihood:
    """The distribution of pixels called ``name``, one of :data:`PIXEL_OUTPUTS`.

    Parameters
    ----------
    name
        Name of the distribution.
    channels
        Of a pixel, or of a patch of pixels.
    levels
        Values of a channel, for "categorical" and "logistic_mixture".
    mixtures
        Components of "logistic_mixture".

    Raises
    ------
    ConfigError
        The name is unknown, or a number is out of range.
    """
    if name == "bernoulli":
        return Bernoulli()
    if name == "joint_bernoulli":
        return JointBernoulli(channels)
    if name == "categorical":
        return PixelLevels(levels)
    if name == "logistic_mixture":
        return PixelMixture(mixtures, channels=channels, levels=levels)
    raise ConfigError(
        f"unknown distribution of pixels {name!r}; known are: {', '.join(PIXEL_OUTPUTS)}"
    )
