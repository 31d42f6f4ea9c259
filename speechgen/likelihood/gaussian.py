"""One Gaussian density over waveform values (as in arXiv:1807.07281, section 3.1)."""

from __future__ import annotations

import torch
from torch import Tensor

from speechgen.likelihood.base import at_least_float32
from speechgen.likelihood.gaussian_mixture import GaussianMixture
from speechgen.likelihood.mixture import MAX_LOG_SCALE


class Gaussian(GaussianMixture):
    """A :class:`GaussianMixture` of one component: params are mean and log-scale, noise is one.

    Parameters
    ----------
    min_log_scale
        As there.
    """

    name = "gaussian"
    noise_size = 1

    def __init__(self, min_log_scale: float = -9.0) -> None:
        super().__init__(1, min_log_scale)

    def __str__(self) -> str:
        return "Gaussian"

    @property
    def num_params(self) -> int:
        """Mean and log-scale."""
        return 2

    def split(self, params: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(batch, 2, ...) -> an idle weight, mean and clamped log-scale, (batch, 1, ...) each."""
        mean, log_scale = at_least_float32(params).chunk(2, dim=1)
        log_scale = log_scale.clamp(self.min_log_scale, MAX_LOG_SCALE)
        return torch.zeros_like(mean), mean, log_scale

    def initial_bias(self) -> Tensor:
        """Silence, give or take 0.05."""
        return torch.tensor([0.0, -3.0])
