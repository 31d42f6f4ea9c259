"""The interface of distributions of one waveform sample."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from speechgen.errors import ConfigError
from speechgen.shapes import Params, Symbols


class Likelihood(ABC):
    """p(sample | params), given a network's outputs.

    The network gives ``num_params`` numbers for a sample. A sample is a symbol: a whole number
    where the distribution is ``discrete``, its waveform value where it is not. All randomness comes
    from uniforms that the caller gives, so that samplers can be compared sample by sample.

    Attributes
    ----------
    name
        What configurations call it.
    noise_size
        Uniforms of one sample.
    discrete
        Whether :meth:`log_prob` is the log of a probability (symbols are long), or of a density
        over waveform values (symbols are float32).
    """

    name: ClassVar[str]
    noise_size: ClassVar[int]
    discrete: ClassVar[bool]

    @abstractmethod
    def __str__(self) -> str:
        """Kind and size in a few words, for tables."""

    @property
    @abstractmethod
    def num_params(self) -> int:
        """Network outputs needed for one sample."""

    @abstractmethod
    def encode(self, wave: Tensor) -> Tensor:
        """Waveform in [-1, 1] (clipped), any shape -> symbols of the same shape."""

    @abstractmethod
    def decode(self, symbols: Tensor) -> Tensor:
        """Symbols, any shape -> waveform values (float32) of the same shape."""

    def embed(self, symbols: Symbols) -> Tensor:
        """(batch, time) -> (batch, feature, time): what a network sees of past samples."""
        return self.decode(symbols).unsqueeze(1)

    @abstractmethod
    def log_prob(self, params: Params, symbols: Symbols) -> Tensor:
        """Log-probability, or log-density, of every sample in nats.

        Parameters
        ----------
        params
            (batch, param, time), of any floating type.
        symbols
            (batch, time).

        Returns
        -------
        Tensor
            (batch, time), at least float32; its sum over time is log p(utterance).
        """

    def sample(self, params: Tensor, noise: Tensor, temperature: float = 1.0) -> Tensor:
        """Draw one sample of each utterance.

        Parameters
        ----------
        params
            (batch, param).
        noise
            Uniforms in [0, 1): (batch,), or (batch, noise size) where that is above 1. The same
            noise always gives the same symbols.
        temperature
            Divides logits and multiplies scales; below 1 draws are nearer to the mode.

        Returns
        -------
        Tensor
            (batch,) symbols.

        Raises
        ------
        ConfigError
            ``temperature`` is not above 0.
        """
        return self.sample_base(params, self.base_noise(noise), temperature)

    def base_noise(self, noise: Tensor) -> Tensor:
        """Uniforms to what :meth:`sample_base` takes, of the same shape, whatever its first axes.

        It does all costly functions of the noise, so that a sampler can do them for many samples
        at once, outside of its loop.
        """
        return noise

    @abstractmethod
    def sample_base(self, params: Tensor, base: Tensor, temperature: float = 1.0) -> Tensor:
        """As :meth:`sample`, from the result of :meth:`base_noise`."""

    @abstractmethod
    def mode(self, params: Tensor) -> Tensor:
        """(batch, param, ...) -> (batch, ...): the likeliest symbols, or nearly so."""

    @abstractmethod
    def log_mass(self, params: Params, low: Tensor, high: Tensor) -> Tensor:
        """log P(low < waveform value <= high) in nats: comparable between all distributions.

        A symbol of a coarse scale stands for an interval of values; its probability is spread over
        it, so that the masses of any partition of the line add up to 1.

        Parameters
        ----------
        params
            (batch, param, time).
        low, high
            (batch, time), float64; may be infinite.

        Returns
        -------
        Tensor
            (batch, time) float64, without cancellation however improbable the interval is.
        """

    def initial_bias(self) -> Tensor | None:
        """(param,): where the biases that give the params should start; None for anywhere."""
        return None


def at_least_float32(values: Tensor) -> Tensor:
    """``values``, in float32 if they came in half precision."""
    return values.float() if values.dtype in (torch.bfloat16, torch.float16) else values


def check_temperature(temperature: float) -> None:
    """:class:`ConfigError` unless ``temperature`` is above 0."""
    if not temperature > 0:
        raise ConfigError(f"temperature must be above 0, not {temperature}")
