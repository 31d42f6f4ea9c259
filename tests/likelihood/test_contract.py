"""What holds for every distribution: symbols, embeddings, gradients at the limits, refusals."""

from __future__ import annotations

import pytest
import torch

from speechgen.errors import ConfigError
from speechgen.likelihood import (
    OUTPUTS,
    Gaussian,
    GaussianMixture,
    LogisticMixture,
    Mixture,
    MuLawCategorical,
    likelihood_named,
)
from tests.likelihood.kinds import DISCRETE, KINDS, alphabet

MIXTURES = [name for name, kind in KINDS.items() if isinstance(kind, Mixture)]


@pytest.mark.parametrize("name", DISCRETE)
def test_every_symbol_survives_decoding_and_encoding(name):
    symbols = alphabet(KINDS[name])
    assert torch.equal(KINDS[name].encode(KINDS[name].decode(symbols)), symbols)


@pytest.mark.parametrize("name", list(KINDS))
def test_encoding_keeps_shapes_and_clips(name):
    kind = KINDS[name]
    wave = torch.tensor([[[-1.0, 0.0, 1.0]], [[-7.0, 0.1, 7.0]]])
    symbols = kind.encode(wave)
    assert symbols.shape == wave.shape
    assert symbols.dtype == (torch.long if kind.discrete else torch.float32)
    assert torch.equal(symbols[0, 0, [0, 2]], symbols[1, 0, [0, 2]])
    assert kind.decode(symbols).dtype == torch.float32


@pytest.mark.parametrize("bits", [8, 16])
def test_levels_are_those_of_linear_pcm(bits):
    kind = LogisticMixture(bits=bits)
    half = 2 ** (bits - 1)
    wave = torch.tensor([-half, -1, 0, 1, half - 1]) / half
    assert kind.encode(wave).tolist() == [0, half - 1, half, half + 1, 2 * half - 1]
    assert torch.equal(kind.decode(kind.encode(wave)), wave)


@pytest.mark.parametrize("name", MIXTURES)
def test_a_network_sees_the_values_of_past_samples(name):
    kind = KINDS[name]
    symbols = kind.encode(torch.tensor([[-0.5, 0.25, 0.0]]))
    assert kind.embed(symbols).tolist() == [[[-0.5, 0.25, 0.0]]]


@pytest.mark.parametrize("log_scale", [-1e4, -30.0, 0.0, 30.0, 1e4])
@pytest.mark.parametrize("mean", [-1e4, 0.0, 1.0])
@pytest.mark.parametrize("name", MIXTURES)
def test_values_and_gradients_stay_finite_at_the_limits(name, mean, log_scale):
    """In float32, for logits, means and scales that no data asks for."""
    kind = KINDS[name]
    params = torch.full((1, kind.num_params, 4), mean)
    params[:, -kind.mixtures :] = log_scale
    if kind.mixtures > 1:
        params[:, : kind.mixtures] = torch.tensor([1e4, 0.0, -1e4]).view(1, 3, 1)
    params.requires_grad_()
    symbols = kind.encode(torch.tensor([[-1.0, 0.0, 1e-4, 1.0]]))
    nats = kind.log_prob(params, symbols)
    (gradient,) = torch.autograd.grad(nats.sum(), params)
    assert torch.isfinite(nats).all()
    assert torch.isfinite(gradient).all()


@pytest.mark.parametrize("name", MIXTURES)
def test_gradients_of_narrow_bells_match_those_in_float64(name):
    kind = KINDS[name]
    symbols = kind.encode(torch.tensor([[0.1003, -0.25, 0.9999]]))
    exact = torch.randn(1, kind.num_params, 3, dtype=torch.float64) * 0.3
    exact[:, -kind.mixtures :] -= 6.0
    found = []
    for dtype in (torch.float32, torch.float64):
        params = exact.to(dtype).requires_grad_()
        (gradient,) = torch.autograd.grad(kind.log_prob(params, symbols).sum(), params)
        found.append(gradient.double())
    torch.testing.assert_close(found[0], found[1], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name", MIXTURES)
def test_scales_below_the_least_count_as_the_least(name):
    kind = KINDS[name]
    least, lower = torch.zeros(2, 1, kind.num_params, 1).unbind()
    least[:, -kind.mixtures :] = kind.min_log_scale
    lower[:, -kind.mixtures :] = kind.min_log_scale - 3.0
    symbols = kind.encode(torch.tensor([[0.01]]))
    assert torch.equal(kind.log_prob(least, symbols), kind.log_prob(lower, symbols))
    rows = [params[:, :, 0] for params in (least, lower)]
    noise = torch.full((1,) if kind.noise_size == 1 else (1, 2), 0.8)
    assert torch.equal(kind.sample(rows[0], noise), kind.sample(rows[1], noise))


@pytest.mark.parametrize("name", list(KINDS))
def test_training_starts_from_something_spread_over_the_scale(name):
    kind = KINDS[name]
    bias = kind.initial_bias()
    if bias is None:
        assert isinstance(kind, MuLawCategorical)
        return
    assert bias.shape == (kind.num_params,)
    params = bias.double().view(1, -1, 1)
    ends = torch.tensor([[0.6]], dtype=torch.float64)
    assert kind.log_mass(params, -ends, ends).exp().item() > 0.9
    low, high = (torch.tensor([[end]], dtype=torch.float64) for end in (-0.05, 0.05))
    assert kind.log_mass(params, low, high).exp().item() > 0.05


def test_every_output_has_its_name():
    assert [likelihood_named(name).name for name in OUTPUTS] == list(OUTPUTS)
    assert likelihood_named("mu_law", classes=1024).num_params == 1024
    assert likelihood_named("logistic_mixture", mixtures=4, bits=8).num_params == 12
    assert likelihood_named("gaussian").num_params == 2
    assert likelihood_named("gaussian_mixture", mixtures=4).num_params == 12


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: likelihood_named("laplace"), "laplace"),
        (lambda: MuLawCategorical(1), "classes"),
        (lambda: LogisticMixture(0), "mixtures"),
        (lambda: LogisticMixture(3, bits=17), "bits"),
        (lambda: GaussianMixture(3, min_log_scale=-100.0), "min_log_scale"),
        (lambda: Gaussian(min_log_scale=20.0), "min_log_scale"),
    ],
)
def test_impossible_arguments_are_refused(make, words):
    with pytest.raises(ConfigError, match=words):
        make()
