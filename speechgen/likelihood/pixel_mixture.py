"""A mixture of discretised logistics over whole pixels, channels coupled (arXiv:1701.05517, 2.1-2).

One component is drawn for a pixel, then its channels in order. In a component the mean of a channel
is linear in the channels before it (equation 3 of the paper)::

    mean_R = m_R,   mean_G = m_G + a x_R,   mean_B = m_B + b x_R + c x_G

with values on [-1, 1]. A level's probability is that of its interval, the outermost levels taking
all that lies further out; its logarithm is the sum of three terms of
:mod:`speechgen.likelihood.logistic_mixture`, none of which cancels.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from speechgen.errors import ConfigError
from speechgen.likelihood.base import at_least_float32, check_temperature
from speechgen.likelihood.categorical import cumulative, invert
from speechgen.likelihood.pixels import PixelLikelihood

_MIN_UNIFORM = 2.0**-25  # half a step of float32 uniforms
_MAX_LOG_SCALE = 16.0


class PixelMixture(PixelLikelihood):
    """``mixtures`` logistics over the ``levels`` of each of a pixel's ``channels``.

    A pixel's params: logits of the components, then for every channel their means and the logs of
    their scales, then the coefficients a, b, c ... before their tanh: K (1 + 2 C + C (C - 1) / 2).
    Scales below e**-2 times the distance of two levels count as that.

    Examples
    --------
    >>> PixelMixture(10, channels=3).num_params
    100
    """

    name = "logistic_mixture"
    joint = True

    def __init__(self, mixtures: int = 5, *, channels: int = 1, levels: int = 256) -> None:
        if not (1 <= mixtures <= 1024 and 1 <= channels <= 16 and 2 <= levels <= 65536):
            raise ConfigError(
                "a mixture of pixels needs mixtures in [1, 1024], channels in [1, 16] and levels "
                f"in [2, 65536], not {mixtures}, {channels}, {levels}"
            )
        self.mixtures, self.channels, self.levels = mixtures, channels, levels
        self.couplings = channels * (channels - 1) // 2
        self.num_params = mixtures * (1 + 2 * channels + self.couplings)
        self.min_log_scale = math.log(2.0 / (levels - 1)) - 2.0

    def __str__(self) -> str:
        return f"{self.mixtures} logistics, {self.levels} levels"

    def split(self, params: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(batch, param, 1, ...) -> logits (batch, mixture, ...), means, log-scales, coefficients.

        The latter are (batch, mixture, n, ...): n channels, or pairs of one and one before it.
        """
        params = at_least_float32(params).squeeze(2)
        k, c = self.mixtures, self.channels
        logits, means, scales, coupling = params.split([k, k * c, k * c, k * self.couplings], dim=1)
        shape = params.shape[2:]
        means, scales = (part.unflatten(1, (k, c)) for part in (means, scales))
        coupling = coupling.reshape(len(params), k, self.couplings, *shape)
        scales = scales.clamp(self.min_log_scale, _MAX_LOG_SCALE)
        return logits, means, scales, torch.tanh(coupling)

    def coupled(self, means: Tensor, coupling: Tensor, values: Tensor, channel: int) -> Tensor:
        """Means (batch, mixture, ...) of one channel given the values before it, on [-1, 1]."""
        first = channel * (channel - 1) // 2
        mean = means[:, :, channel]
        for before in range(channel):
            mean = mean + coupling[:, :, first + before] * values[:, before].unsqueeze(1)
        return mean

    def log_prob(self, params: Tensor, images: Tensor) -> Tensor:
        """(batch, channel, ...): log p(channel | channels before it) in nats.

        The sum over channels is the log of the mixture's probability of the pixel.
        """
        logits, means, scales, coupling = self.split(params)
        values = self.quantise(images).to(means.dtype) * 2 - 1
        joint = torch.log_softmax(logits, dim=1)
        nats, before = [], torch.zeros_like(joint[:, 0])
        for channel in range(self.channels):
            mean = self.coupled(means, coupling, values, channel)
            value = values[:, channel].unsqueeze(1)
            joint = joint + self._level_log_prob(value, mean, scales[:, :, channel])
            total = torch.logsumexp(joint, dim=1)
            nats.append(total - before)
            before = total
        return torch.stack(nats, dim=1)

    def _level_log_prob(self, value: Tensor, mean: Tensor, log_scale: Tensor) -> Tensor:
        inverse = torch.exp(-log_scale)
        centre, half = (value - mean) * inverse, inverse / (self.levels - 1)
        inside = torch.log(-torch.expm1(-2.0 * half))
        below, above = F.logsigmoid(centre + half), F.logsigmoid(half - centre)
        edge = 1.0 - 1.0 / (self.levels - 1)  # between the outermost level and the one inside it
        inner = below + above + inside
        return torch.where(value < -edge, below, torch.where(value > edge, above, inner))

    def sample(self, params: Tensor, noise: Tensor, temperature: float = 1.0) -> Tensor:
        """The first uniform picks the component, one more each channel's place in it."""
        check_temperature(temperature)
        logits, means, scales, coupling = self.split(params)
        chosen = invert(cumulative(logits, temperature), noise[:, 0]).unsqueeze(1)
        uniform = noise[:, 1:].double().clamp(_MIN_UNIFORM, 1.0 - _MIN_UNIFORM)
        places = (torch.log(uniform) - torch.log1p(-uniform)).to(means.dtype) * temperature
        values = torch.zeros_like(places)
        for channel in range(self.channels):
            mean = self.coupled(means, coupling, values, channel).gather(1, chosen).squeeze(1)
            scale = scales[:, :, channel].gather(1, chosen).squeeze(1).exp()
            drawn = (mean + scale * places[:, channel] + 1) / 2
            values[:, channel] = self.quantise(drawn) * 2 - 1
        return self.quantise((values + 1) / 2)

    def mode(self, params: Tensor) -> Tensor:
        """The means of the component with the highest peak."""
        logits, means, scales, coupling = self.split(params)
        chosen = (logits - scales.sum(dim=2)).argmax(dim=1).unsqueeze(1)
        values = torch.zeros_like(means[:, 0])
        for channel in range(self.channels):
            mean = self.coupled(means, coupling, values, channel).gather(1, chosen).squeeze(1)
            values[:, channel] = self.quantise((mean + 1) / 2) * 2 - 1
        return self.quantise((values + 1) / 2)

    def mean(self, params: Tensor) -> Tensor:
        """The mixture's means, apart from what is lost at the ends of the scale."""
        logits, means, _, coupling = self.split(params)
        weights = torch.softmax(logits, dim=1)
        values: list[Tensor] = []
        for channel in range(self.channels):
            first, mean = channel * (channel - 1) // 2, means[:, :, channel]
            for before in range(channel):
                mean = mean + coupling[:, :, first + before] * values[before]
            values.append(mean)
        return ((weights.unsqueeze(2) * torch.stack(values, 2)).sum(1).clamp(-1, 1) + 1) / 2
