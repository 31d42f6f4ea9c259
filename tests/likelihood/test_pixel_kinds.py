"""Distributions of pixel values: probabilities add up to one, draws follow the distribution."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from speechgen.errors import ConfigError
from speechgen.likelihood import (
    PIXEL_OUTPUTS,
    Bernoulli,
    JointBernoulli,
    PixelLevels,
    PixelMixture,
    pixel_likelihood_named,
)


def pixels(kind, channels):
    """All pixels: (pixel, channel) float64."""
    values = torch.linspace(0, 1, kind.levels, dtype=torch.float64).tolist()
    return torch.tensor(list(itertools.product(values, repeat=channels)), dtype=torch.float64)


KINDS = [
    (Bernoulli(), 3), (PixelLevels(5), 2), (PixelMixture(1, levels=7), 1),
    (PixelMixture(3, channels=2, levels=6), 2), (JointBernoulli(3), 3),
    (PixelMixture(2, channels=3, levels=4), 3),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "channels"), KINDS, ids=lambda value: str(value))
def test_all_values_of_a_pixel_sum_to_one_and_draws_follow_them(kind, channels):
    params = torch.randn(1, kind.num_params, kind.groups(channels), dtype=torch.float64)
    every = pixels(kind, channels)
    nats = kind.log_prob(params.expand(len(every), -1, -1), every).sum(dim=1)
    assert nats.exp().sum().item() == pytest.approx(1.0, abs=1e-12)
    count = 20000
    noise = torch.rand(count, kind.noise_channels(channels), dtype=torch.float64)
    drawn = kind.sample(params.expand(count, -1, -1), noise)
    assert drawn.shape == (count, channels)
    where = (drawn.unsqueeze(1) - every).abs().amax(dim=2)
    assert where.amin(dim=1).max() < 1e-12  # each draw is one of the values
    shares = torch.bincount(where.argmin(dim=1), minlength=len(every)) / count
    assert (shares - nats.exp()).abs().max() < 0.02
    if not isinstance(kind, PixelMixture):
        mean = (nats.exp().unsqueeze(1) * every).sum(dim=0)
        torch.testing.assert_close(kind.mean(params)[0], mean)
        assert torch.equal(kind.mode(params)[0], every[nats.argmax()])


@pytest.mark.parametrize(("kind", "channels"), KINDS, ids=lambda value: str(value))
def test_whole_images_are_their_pixels(kind, channels):
    params = torch.randn(2, kind.num_params, kind.groups(channels), 3, 4, dtype=torch.float64)
    noise = torch.rand(2, kind.noise_channels(channels), 3, 4, dtype=torch.float64)
    images = kind.sample(params, noise)
    nats = kind.log_prob(params, images)
    assert images.shape == nats.shape == (2, channels, 3, 4)
    assert kind.mode(params).shape == kind.mean(params).shape == images.shape
    assert torch.equal(kind.quantise(images), images)
    for row, column in ((0, 0), (2, 3)):
        one = params[..., row, column]
        assert torch.equal(kind.sample(one, noise[..., row, column]), images[..., row, column])
        found = kind.log_prob(one, images[..., row, column])
        torch.testing.assert_close(found, nats[..., row, column])


def test_low_temperatures_draw_near_the_mode():
    kind = PixelMixture(2, channels=3, levels=256)
    params = torch.randn(50, kind.num_params, 1)
    params[:, 0] = 5.0  # one component for all
    noise = torch.rand(50, 4)
    far, near = kind.sample(params, noise), kind.sample(params, noise, 1e-3)
    middle = kind.sample(params, torch.full((50, 4), 0.5))
    assert (near - middle).abs().max() < 0.05
    assert (far - middle).abs().max() > 0.2
    with pytest.raises(ConfigError, match="temperature"):
        kind.sample(params, noise, 0.0)


@pytest.mark.parametrize("log_scale", [-1e3, -7.0, 0.0, 1e3])
def test_values_and_gradients_of_mixtures_stay_finite(log_scale):
    kind = PixelMixture(2, channels=3)
    params = torch.zeros(1, kind.num_params, 1, 1, 3)
    params[:, 2:8] = 1e3
    params[:, 8:14] = log_scale
    params.requires_grad_()
    images = torch.tensor([0.0, 0.5, 1.0]).view(1, 1, 1, 3).expand(1, 3, 1, 3)
    nats = kind.log_prob(params, images)
    (gradient,) = torch.autograd.grad(nats.sum(), params)
    assert torch.isfinite(nats).all()
    assert torch.isfinite(gradient).all()


def test_one_logistic_by_hand():
    """Mean 0, scale 1 on [-1, 1], three levels: cut at -0.5 and 0.5."""
    nats = PixelMixture(1, levels=3).log_prob(
        torch.zeros(3, 3, 1, dtype=torch.float64), torch.tensor([[0.0], [0.5], [1.0]]).double()
    )
    low = 1 / (1 + math.exp(0.5))
    assert nats.exp().flatten().tolist() == pytest.approx([low, 1 - 2 * low, low])


def test_names():
    assert [pixel_likelihood_named(name).name for name in PIXEL_OUTPUTS] == list(PIXEL_OUTPUTS)
    assert pixel_likelihood_named("logistic_mixture", channels=3, mixtures=10).num_params == 100
    for make in (
        lambda: pixel_likelihood_named("gauss"),
        lambda: PixelLevels(1),
        lambda: PixelMixture(0),
        lambda: JointBernoulli(13),
    ):
        with pytest.raises(ConfigError):
            make()
