"""Base of the mixtures of location-scale distributions: weights, means, scales, sampling."""

from __future__ import annotations

from abc import abstractmethod

import torch
from torch import Tensor

from speechgen.errors import ConfigError
from speechgen.likelihood.base import Likelihood, at_least_float32, check_temperature
from speechgen.likelihood.categorical import cumulative, invert
from speechgen.shapes import Params, Symbols

MAX_LOG_SCALE = 16.0  # beyond any use; keeps float32 finite
_MIN_UNIFORM = 2.0**-25  # half a step of float32 uniforms


class Mixture(Likelihood):
    """sum_k w_k p((x - mean_k) / scale_k) / scale_k over waveform values x.

    The params are logits of the weights, then means, then logs of the scales, ``mixtures`` of each.
    The first uniform picks the component, the second the place in it.

    Parameters
    ----------
    mixtures
        Components.
    min_log_scale
        Scales below exp of this count as that; it bounds what a density can gain on digital
        silence, and what it can lose by being sure and wrong.
    """

    noise_size = 2

    def __init__(self, mixtures: int, min_log_scale: float) -> None:
        if not 1 <= mixtures <= 1024:
            raise ConfigError(f"mixtures must be in [1, 1024], not {mixtures}")
        if not -30.0 <= min_log_scale < MAX_LOG_SCALE:
            raise ConfigError(f"min_log_scale must be in [-30, 16), not {min_log_scale}")
        self.mixtures = mixtures
        self.min_log_scale = min_log_scale

    @property
    def num_params(self) -> int:
        """Network outputs needed for one sample."""
        return 3 * self.mixtures

    def split(self, params: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(batch, param, ...) -> logits, means, clamped log-scales, (batch, mixture, ...) each."""
        logits, means, log_scales = at_least_float32(params).chunk(3, dim=1)
        return logits, means, log_scales.clamp(self.min_log_scale, MAX_LOG_SCALE)

    # -- one component, to be given by each kind ----------------------------------------------

    @abstractmethod
    def component_log_prob(self, symbols: Tensor, means: Tensor, log_scales: Tensor) -> Tensor:
        """Log-probability or log-density of symbols (batch, 1, ...) in every component."""

    @abstractmethod
    def component_log_mass(self, low: Tensor, high: Tensor) -> Tensor:
        """log P(low < z <= high) of the standard component (mean 0, scale 1), in float64."""

    @abstractmethod
    def quantile(self, uniform: Tensor) -> Tensor:
        """The inverse of the standard component's cumulative distribution, in float64."""

    # -- the contract -------------------------------------------------------------------------

    def log_prob(self, params: Params, symbols: Symbols) -> Tensor:
        """See :meth:`Likelihood.log_prob`."""
        logits, means, log_scales = self.split(params)
        parts = self.component_log_prob(symbols.unsqueeze(1), means, log_scales)
        return torch.logsumexp(torch.log_softmax(logits, dim=1) + parts, dim=1)

    def log_mass(self, params: Params, low: Tensor, high: Tensor) -> Tensor:
        """See :meth:`Likelihood.log_mass`."""
        logits, means, log_scales = self.split(params.double())
        inverse = torch.exp(-log_scales)
        low = (low.double().unsqueeze(1) - means) * inverse
        high = (high.double().unsqueeze(1) - means) * inverse
        weights = torch.log_softmax(logits, dim=1)
        return torch.logsumexp(weights + self.component_log_mass(low, high), dim=1)

    def base_noise(self, noise: Tensor) -> Tensor:
        """The last uniform becomes a draw from the standard component; see :class:`Likelihood`."""
        if self.noise_size == 1:
            return self._standard(noise)
        return torch.cat([noise[..., :-1], self._standard(noise[..., -1:])], dim=-1)

    def _standard(self, uniform: Tensor) -> Tensor:
        inner = uniform.double().clamp(_MIN_UNIFORM, 1.0 - _MIN_UNIFORM)
        return self.quantile(inner).to(uniform.dtype)

    def sample_base(self, params: Tensor, base: Tensor, temperature: float = 1.0) -> Tensor:
        """``mean + scale * temperature * base`` of the component that the uniform falls into."""
        check_temperature(temperature)
        logits, means, log_scales = self.split(params)
        if self.noise_size == 1:
            chosen, place = torch.zeros_like(base, dtype=torch.long), base
        else:
            chosen, place = invert(cumulative(logits, temperature), base[:, 0]), base[:, 1]
        mean, log_scale = self._of(chosen, means), self._of(chosen, log_scales)
        return self.encode(mean + log_scale.exp() * (temperature * place))

    def mode(self, params: Tensor) -> Tensor:
        """The mean of the component with the highest peak: (batch, param, ...) -> (batch, ...)."""
        logits, means, log_scales = self.split(params)
        return self.encode(self._of((logits - log_scales).argmax(dim=1), means))

    @staticmethod
    def _of(chosen: Tensor, values: Tensor) -> Tensor:
        return values.gather(1, chosen.unsqueeze(1)).squeeze(1)

    def initial_bias(self) -> Tensor:
        """Equal weights, means spread over the middle half of the scale, scales of 0.05."""
        spread = torch.linspace(-0.5, 0.5, self.mixtures) if self.mixtures > 1 else torch.zeros(1)
        return torch.cat([torch.zeros(self.mixtures), spread, torch.full_like(spread, -3.0)])
