"""Pixels of any grey: the library's density, draws by quantile, one variance for all."""

from __future__ import annotations

import math

import pytest
import torch
from torch.distributions import Normal

from speechgen.errors import ConfigError
from speechgen.likelihood.gaussian_pixels import LOG_VARIANCE_RANGE, GaussianPixels


def test_density_is_the_librarys() -> None:
    params, x = torch.randn(3, 2, 1, 4, 5), torch.rand(3, 1, 4, 5)
    wanted = Normal(params[:, 0], torch.exp(0.5 * params[:, 1])).log_prob(x)
    torch.testing.assert_close(GaussianPixels().log_prob(params, x), wanted)
    shared = GaussianPixels(-1.0).log_prob(params[:, :1], x)
    torch.testing.assert_close(shared, Normal(params[:, 0], math.exp(-0.5)).log_prob(x))


def test_log_variances_are_clamped() -> None:
    params = torch.tensor([[[0.0], [-1e4]], [[0.0], [1e4]]], requires_grad=True)
    nats = GaussianPixels().log_prob(params, torch.full((2, 1), 0.5))
    assert torch.isfinite(nats).all()
    low, high = LOG_VARIANCE_RANGE
    spread = [Normal(0.0, math.exp(0.5 * v)).log_prob(torch.tensor(0.5)) for v in (low, high)]
    torch.testing.assert_close(nats[:, 0], torch.stack(spread))


def test_draws_follow_the_uniforms() -> None:
    params = torch.tensor([0.5, math.log(0.01)]).expand(10_000, 2)
    noise = (torch.arange(10_000) + 0.5) / 10_000
    drawn = GaussianPixels().sample(params, noise)
    assert drawn.mean().item() == pytest.approx(0.5, abs=1e-3)
    assert drawn.std().item() == pytest.approx(0.1, abs=1e-3)
    cold = GaussianPixels().sample(params, noise, temperature=0.5)
    assert cold.std().item() == pytest.approx(0.05, abs=1e-3)
    edges = GaussianPixels().sample(params[:2], torch.tensor([0.0, 1.0 - 2.0**-24]))
    assert edges.tolist() == [pytest.approx(0.0, abs=0.1), pytest.approx(1.0, abs=0.1)]
    with pytest.raises(ConfigError, match="temperature"):
        GaussianPixels().sample(params, noise, 0.0)


def test_mean_and_mode_are_in_range() -> None:
    params = torch.tensor([[-0.5], [0.25], [7.0]])
    for one in (GaussianPixels(0.0).mean, GaussianPixels(0.0).mode):
        assert one(params).tolist() == [0.0, 0.25, 1.0]
