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
from speechgen.likelihood.base import Likelihood, at_least_float32
from speechgen.likelihood.categorical import cumulative, invert
from speechgen.shapes import Logits, Symbols

_TAIL = 2.0**-10  # of an edge class's probability, for the values beyond full scale
_TAIL_SCALE = 0.25  # of the waveform, in which the tail falls by e


def mu_law_compress(wave: Tensor, mu: int) -> Tensor:
    """Compand ``wave`` in [-1, 1] (values outside are clipped) to [-1, 1]."""
    wave = wave.clamp(-1.0, 1.0)
    return torch.sign(wave) * torch.log1p(mu * wave.abs()) / math.log1p(mu)


def mu_law_expand(companded: Tensor, mu: int) -> Tensor:
    """The inverse of :func:`mu_law_compress`."""
    return torch.sign(companded) * torch.expm1(companded.abs() * math.log1p(mu)) / mu


class MuLawCategorical(Likelihood):
    """Likelihood of one waveform sample as one of ``classes`` mu-law symbols.

    Parameters of the distribution are unnormalised log-probabilities ("logits") with the class on
    axis 1. One uniform number in [0, 1) is the noise of one sample.
    """

    name = "mu_law"
    noise_size = 1
    discrete = True

    def __init__(self, classes: int = 256) -> None:
        if not 2 <= classes <= 65536:
            raise ConfigError(f"classes must be in [2, 65536], not {classes}")
        self.classes = classes
        self.mu = classes - 1

    def __str__(self) -> str:
        return f"mu-law, {self.classes} classes"

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
        """Log-probability of every sample in nats; see :meth:`Likelihood.log_prob`."""
        params = at_least_float32(params)
        batch, classes, time = params.shape
        rows = params.transpose(1, 2).reshape(batch * time, classes)
        loss = F.cross_entropy(rows, symbols.reshape(batch * time), reduction="none")
        return -loss.view(batch, time)

    def sample_base(self, params: Tensor, base: Tensor, temperature: float = 1.0) -> Tensor:
        """Draw by inversion of the cumulative distribution; the base noise is the uniform."""
        return self.invert(self.cumulative(params, temperature), base)

    def cumulative(self, params: Tensor, temperature: float = 1.0) -> Tensor:
        """(batch, class) logits -> cumulative probabilities (batch, class) float64, the last 1."""
        return cumulative(params, temperature)

    def invert(self, cumulative: Tensor, noise: Tensor) -> Tensor:
        """The class that each uniform of ``noise`` (batch,) falls into: (batch,) long."""
        return invert(cumulative, noise)

    def mode(self, params: Tensor) -> Tensor:
        """(batch, class, ...) logits -> the likeliest symbols (batch, ...)."""
        return params.argmax(dim=1)

    # -- classes as intervals of waveform values ----------------------------------------------

    def edges(self) -> Tensor:
        """(class + 1,) float64: class k is what lies between edges k and k + 1.

        The outermost ones are -1 and 1, though :meth:`encode` clips to the edge classes what lies
        further out.
        """
        inner = 2.0 * (torch.arange(1, self.classes, dtype=torch.float64) - 0.5) / self.mu - 1.0
        ends = torch.ones(1, dtype=torch.float64)
        return torch.cat([-ends, mu_law_expand(inner, self.mu), ends])

    def log_mass(self, params: Logits, low: Tensor, high: Tensor) -> Tensor:
        """See :meth:`Likelihood.log_mass`.

        A class's probability is spread evenly over its interval. An edge class keeps 2**-10 of its
        own for what lies beyond full scale, falling exponentially, so that nothing is impossible.
        """
        edges = self.edges().to(params.device)
        log_weights = torch.log_softmax(params.double(), dim=1)
        low, high = low.double(), high.double()
        first = torch.searchsorted(edges[1:-1], low.contiguous())
        last = torch.searchsorted(edges[1:-1], high.contiguous())
        width = int((last - first).max()) + 1 if first.numel() else 1
        steps = torch.arange(width, device=params.device).view(1, -1, 1)
        classes = (first.unsqueeze(1) + steps).clamp(max=self.mu)  # (batch, width, time)
        share = self._share(classes, low.unsqueeze(1), high.unsqueeze(1), edges)
        share = share * (first.unsqueeze(1) + steps <= self.mu)
        return torch.logsumexp(log_weights.gather(1, classes) + share.log(), dim=1)

    def _share(self, classes: Tensor, low: Tensor, high: Tensor, edges: Tensor) -> Tensor:
        """What part of each class's probability lies in (low, high]."""
        left, right = edges[classes], edges[classes + 1]
        inside = (torch.minimum(high, right) - torch.maximum(low, left)).clamp(min=0.0)
        share = inside / (right - left)
        # both ends at once: the tail below -1 of class 0 is that above 1 of the last one, mirrored
        below = _tail_mass((-1.0 - high).clamp(min=0.0), (-1.0 - low).clamp(min=0.0))
        above = _tail_mass((low - 1.0).clamp(min=0.0), (high - 1.0).clamp(min=0.0))
        share = torch.where(classes == 0, (1.0 - _TAIL) * share + _TAIL * below, share)
        return torch.where(classes == self.mu, (1.0 - _TAIL) * share + _TAIL * above, share)


def _tail_mass(near: Tensor, far: Tensor) -> Tensor:
    """Probability of an exponential variable between two distances."""
    return -torch.exp(-near / _TAIL_SCALE) * torch.expm1(-(far - near) / _TAIL_SCALE)
