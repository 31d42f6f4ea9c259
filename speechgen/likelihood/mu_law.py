"""A categorical distribution over mu-law companded sample values (arXiv:1609.03499, section 2.2).

The companding curve is that of ITU-T G.711 in its continuous form::

    y = sign(x) ln(1 + mu |x|) / ln(1 + mu),        -1 <= x <= 1,   mu = classes - 1

and symbol k stands for the companded value y = 2 k / mu - 1, so that 256 classes lie evenly on it.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from speechgen.errors import ConfigError
from speechgen.shapes import Logits, Symbols


def mu_law_compress(wave: Tensor, mu: int) -> Tensor:
    """Compand ``wave`` in [-1, 1] (values outside are clipped) to [-1, 1]."""
    wave = wave.clamp(-1.0, 1.0)
    return torch.sign(wave) * torch.log1p(mu * wave.abs()) / math.log1p(mu)


def mu_law_expand(companded: Tensor, mu: int) -> Tensor:
    """The inverse of :func:`mu_law_compress`."""
    return torch.sign(companded) * torch.expm1(companded.abs() * math.log1p(mu)) / mu


class MuLawCategorical:
    """Likelihood of one waveform sample as one of ``classes`` mu-law symbols.

    Parameters of the distribution are unnormalised log-probabilities ("logits") with the class on
    axis 1. One uniform number in [0, 1) is the noise of one sample.
    """

    noise_size = 1

    def __init__(self, classes: int = 256) -> None:
        if classes < 2:
            raise ConfigError(f"classes must be 2 or more, not {classes}")
        self.classes = classes
        self.mu = classes - 1

    @property
    def num_params(self) -> int:
        """Network outputs needed for one sample."""
        return self.classes

    def encode(self, wave: Tensor) -> Tensor:
        """Waveform in [-1, 1], any shape -> symbols (long) of the same shape."""
        companded = mu_law_compress(wave, self.mu)
        return ((companded + 1.0) * (0.5 * self.mu)).round().long()

    def decode(self, symbols: Tensor) -> Tensor:
        """Symbols (long), any shape -> waveform values (float32) of the same shape."""
        return mu_law_expand(symbols.to(torch.float32) * (2.0 / self.mu) - 1.0, self.mu)

    def embed(self, symbols: Symbols) -> Tensor:
        """(batch, time) long -> one-hot (batch, class, time): what a network sees of the past."""
        return F.one_hot(symbols, self.classes).transpose(1, 2).to(torch.float32)

    def log_prob(self, params: Logits, symbols: Symbols) -> Tensor:
        """Log-probability of every sample, in nats.

        Parameters
        ----------
        params
            (batch, class, time) logits, of any floating type.
        symbols
            (batch, time) long.

        Returns
        -------
        Tensor
            (batch, time), at least float32; its sum over time is log p(utterance).
        """
        if params.dtype in (torch.bfloat16, torch.float16):
            params = params.float()
        batch, classes, time = params.shape
        rows = params.transpose(1, 2).reshape(batch * time, classes)
        loss = F.cross_entropy(rows, symbols.reshape(batch * time), reduction="none")
        return -loss.view(batch, time)

    def sample(self, params: Tensor, noise: Tensor, temperature: float = 1.0) -> Tensor:
        """Draw by inversion of the cumulative distribution.

        Parameters
        ----------
        params
            (batch, class) logits.
        noise
            (batch,) uniforms in [0, 1); the same noise always gives the same symbols.
        temperature
            Divides the logits; below 1 the draws keep nearer to the mode.

        Returns
        -------
        Tensor
            (batch,) long: the smallest class whose cumulative probability is above the noise.
        """
        return self.invert(self.cumulative(params, temperature), noise)

    def cumulative(self, params: Tensor, temperature: float = 1.0) -> Tensor:
        """(batch, class) logits -> cumulative probabilities (batch, class) float64, the last 1."""
        if not temperature > 0:
            raise ConfigError(f"temperature must be above 0, not {temperature}")
        if params.dtype in (torch.bfloat16, torch.float16):
            params = params.float()
        sums = torch.softmax(params / temperature, dim=1).cumsum(dim=1, dtype=torch.float64)
        return sums / sums[:, -1:]

    def invert(self, cumulative: Tensor, noise: Tensor) -> Tensor:
        """The class that each uniform of ``noise`` (batch,) falls into: (batch,) long."""
        return (cumulative <= noise.unsqueeze(1)).sum(dim=1).clamp_(max=self.classes - 1)

    def mode(self, params: Tensor) -> Tensor:
        """(batch, class, ...) logits -> the likeliest symbols (batch, ...)."""
        return params.argmax(dim=1)
