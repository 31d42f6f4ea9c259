"""Draws follow the density, given noise decides them, temperature does what it says."""

from __future__ import annotations

import math

import pytest
import torch
from scipy import stats

from speechgen.errors import ConfigError
from speechgen.likelihood import Gaussian, GaussianMixture, LogisticMixture, Mixture
from tests.likelihood.kinds import CONTINUOUS, DISCRETE, KINDS, alphabet, some_params

DRAWS = 20_000


def uniforms(kind, count=DRAWS):
    return torch.rand((count,) if kind.noise_size == 1 else (count, kind.noise_size))


def draws(kind, params, temperature=1.0, count=DRAWS):
    return kind.sample(params[:, :, 0].expand(count, -1), uniforms(kind, count), temperature)


def at_temperature(kind, params, temperature):
    """The params whose distribution draws at ``temperature`` follow."""
    if not isinstance(kind, Mixture):
        return params / temperature
    log_scales = params[:, -kind.mixtures :] + math.log(temperature)
    logits = params[:, : kind.num_params - 2 * kind.mixtures] / temperature
    means = params[:, -2 * kind.mixtures : -kind.mixtures]
    return torch.cat([logits, means, log_scales], dim=1)


@pytest.mark.parametrize("temperature", [1.0, 0.6])
@pytest.mark.parametrize("name", DISCRETE)
def test_draws_of_symbols_follow_their_probabilities(name, temperature):
    kind = KINDS[name]
    params = some_params(kind, scale=0.2)
    symbols = alphabet(kind)
    wanted = at_temperature(kind, params, temperature).expand(-1, -1, len(symbols))
    probabilities = kind.log_prob(wanted, symbols[None]).exp()[0]
    found = torch.bincount(draws(kind, params, temperature), minlength=len(symbols)).double()
    # neighbours together, so that each bin is expected to be hit often
    bins = (probabilities.cumsum(0) * (DRAWS / 500)).floor().clamp(max=DRAWS / 500 - 1).long()
    _, bins = bins.unique(return_inverse=True)
    expected = torch.zeros(int(bins.max()) + 1).double().index_add(0, bins, probabilities * DRAWS)
    counted = torch.zeros(int(bins.max()) + 1).double().index_add(0, bins, found)
    expected = expected * (counted.sum() / expected.sum())
    assert len(expected) >= 4
    assert expected.min() > 5  # where the statistic is what it is taken for
    assert stats.chisquare(counted.numpy(), expected.numpy()).pvalue > 1e-3


@pytest.mark.parametrize("temperature", [1.0, 0.6])
@pytest.mark.parametrize("name", CONTINUOUS)
def test_draws_of_values_follow_their_density(name, temperature):
    kind = KINDS[name]
    params = some_params(kind, scale=0.05)
    wanted = at_temperature(kind, params, temperature)

    def below(values):
        high = torch.from_numpy(values)[None]
        low = torch.full_like(high, -math.inf)
        return kind.log_mass(wanted.expand(-1, -1, high.shape[1]), low, high).exp()[0].numpy()

    found = draws(kind, params, temperature, count=4000)
    assert found.dtype == torch.float32
    assert stats.kstest(found.double().numpy(), below).pvalue > 1e-3


@pytest.mark.parametrize("name", list(KINDS))
def test_the_same_noise_gives_the_same_symbols_in_any_company(name):
    kind = KINDS[name]
    params = some_params(kind, 20, dtype=torch.float32)[0].T.contiguous()
    noise = uniforms(kind, 20)
    together = kind.sample(params, noise)
    alone = [kind.sample(params[i : i + 1], noise[i : i + 1]) for i in range(20)]
    assert torch.equal(together, torch.cat(alone))
    assert together.shape == (20,)
    assert together.dtype == (torch.long if kind.discrete else torch.float32)


@pytest.mark.parametrize("name", list(KINDS))
def test_base_noise_may_be_made_for_many_samples_at_once(name):
    kind = KINDS[name]
    params = some_params(kind, 3, dtype=torch.float32)[0].T.contiguous()
    noise = torch.stack([uniforms(kind, 3) for _ in range(5)], dim=1)  # (batch, time, ...)
    base = kind.base_noise(noise)
    assert base.shape == noise.shape
    assert base.dtype == noise.dtype
    for t in range(5):
        drawn = kind.sample_base(params, base[:, t], 0.8)
        assert torch.equal(drawn, kind.sample(params, noise[:, t], 0.8))


@pytest.mark.parametrize("name", list(KINDS))
def test_noise_at_its_ends_gives_symbols_of_the_scale(name):
    kind = KINDS[name]
    ends = torch.tensor([0.0, 1 - 2**-24])
    noise = ends if kind.noise_size == 1 else torch.cartesian_prod(ends, ends)
    params = some_params(kind, scale=0.5, dtype=torch.float32)[:, :, 0].expand(len(noise), -1)
    assert torch.isfinite(kind.base_noise(noise)).all()
    values = kind.decode(kind.sample(params, noise))
    assert values.abs().max() <= 1.0
    assert values.min() < values.max()


def test_a_gaussian_draw_by_hand():
    """The median is the mean, and the 97.725 % point two deviations above it."""
    params = torch.tensor([[0.1, math.log(0.05)]]).expand(2, 2)
    drawn = Gaussian().sample(params, torch.tensor([0.5, 0.9772499]))
    assert drawn.tolist() == pytest.approx([0.1, 0.2], abs=1e-5)
    colder = Gaussian().sample(params, torch.tensor([0.5, 0.9772499]), temperature=0.5)
    assert colder.tolist() == pytest.approx([0.1, 0.15], abs=1e-5)


def test_the_first_uniform_picks_the_component_and_the_second_the_place():
    kind = LogisticMixture(2, bits=8)
    params = torch.tensor([[math.log(0.3), math.log(0.7), -0.5, 0.5, -4.0, -4.0]]).expand(4, 6)
    odds = 1 / (1 + math.exp(-1.0))  # one scale above the mean
    noise = torch.tensor([[0.29, 0.5], [0.31, 0.5], [0.0, odds], [0.99, 1 - odds]])
    scale = math.exp(-4.0)
    wanted = [-0.5, 0.5, -0.5 + scale, 0.5 - scale]
    wanted = [128 + round(128 * value) for value in wanted]
    assert kind.sample(params, noise).tolist() == wanted


@pytest.mark.parametrize("name", list(KINDS))
def test_cold_draws_are_the_mode_and_no_temperature_is_refused(name):
    kind = KINDS[name]
    params = some_params(kind, 8, dtype=torch.float32)
    if kind.noise_size == 2:  # one component stands out, so that mode and cold draws agree
        params[:, 0] += 10.0
    rows = params[0].T.contiguous()
    cold = kind.decode(kind.sample(rows, uniforms(kind, 8), temperature=1e-6))
    assert torch.allclose(cold, kind.decode(kind.mode(rows)), atol=1e-5)
    assert torch.equal(kind.mode(params)[0], kind.mode(rows))
    with pytest.raises(ConfigError, match="temperature"):
        kind.sample(rows, uniforms(kind, 8), temperature=0.0)


def test_draws_beyond_full_scale_are_clipped():
    params = torch.tensor([[1.5, -5.0], [-1.5, -5.0]])
    assert Gaussian().sample(params, torch.tensor([0.5, 0.5])).tolist() == [1.0, -1.0]
    weighted = torch.cat([torch.zeros(2, 1), params], dim=1)
    noise = torch.full((2, 2), 0.5)
    assert GaussianMixture(1).sample(weighted, noise).tolist() == [1.0, -1.0]
    assert LogisticMixture(1, bits=8).sample(weighted, noise).tolist() == [255, 0]
