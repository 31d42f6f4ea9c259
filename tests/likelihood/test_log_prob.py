"""Log-probabilities: those of all symbols add up to 1, densities integrate to 1, values by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from speechgen.likelihood import Gaussian, GaussianMixture, LogisticMixture
from tests.likelihood.kinds import CONTINUOUS, DISCRETE, KINDS, alphabet, some_params


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", DISCRETE)
def test_probabilities_of_all_symbols_add_up_to_one(name, dtype):
    kind = KINDS[name]
    symbols = alphabet(kind)
    for scale in (1e-3, 0.1, 10.0):
        params = some_params(kind, 2, scale=scale, dtype=dtype)
        for t in range(2):
            one = params[:, :, t : t + 1].expand(-1, -1, len(symbols))
            sums = kind.log_prob(one, symbols[None]).double().exp().sum()
            assert sums.item() == pytest.approx(1.0, abs=1e-9 if dtype == torch.float64 else 1e-5)


@pytest.mark.parametrize("name", CONTINUOUS)
def test_densities_integrate_to_one(name):
    kind = KINDS[name]
    params = some_params(kind, 3, scale=0.1)
    values = torch.linspace(-20, 20, 400_001, dtype=torch.float64)
    for t in range(3):
        one = params[:, :, t : t + 1].expand(-1, -1, len(values))
        density = kind.log_prob(one, values[None]).exp()[0]
        assert torch.trapezoid(density, values).item() == pytest.approx(1.0, abs=1e-6)


def test_a_gaussian_by_hand():
    params = torch.tensor([0.25, math.log(0.5)]).view(1, 2, 1)
    found = Gaussian().log_prob(params, torch.tensor([[0.75]]))
    assert found.item() == pytest.approx(-0.5 - math.log(0.5) - 0.5 * math.log(2 * math.pi))


def test_a_mixture_of_two_gaussians_by_hand():
    weights, means, scales = [0.25, 0.75], [-0.5, 0.5], [0.1, 0.2]
    params = torch.tensor([*np.log(weights), *means, *np.log(scales)]).view(1, 6, 1)
    wanted = sum(
        w * math.exp(-0.5 * ((0.1 - m) / s) ** 2) / (s * math.sqrt(2 * math.pi))
        for w, m, s in zip(weights, means, scales, strict=True)
    )
    found = GaussianMixture(2).log_prob(params, torch.tensor([[0.1]], dtype=torch.float64))
    assert found.item() == pytest.approx(math.log(wanted), abs=1e-9)


def test_levels_of_a_logistic_by_hand():
    """Four levels at -1, -0.5, 0, 0.5; their borders lie at -0.75, -0.25 and 0.25."""
    mean, scale = 0.1, 0.3
    params = torch.tensor([0.0, mean, math.log(scale)], dtype=torch.float64).view(1, 3, 1)

    def below(x):
        return 1 / (1 + math.exp(-(x - mean) / scale))

    ends = [0.0, below(-0.75), below(-0.25), below(0.25), 1.0]
    found = LogisticMixture(1, bits=2).log_prob(params.expand(1, 3, 4), torch.arange(4)[None])
    assert found.exp()[0].tolist() == pytest.approx(np.diff(ends).tolist(), abs=1e-12)


def test_a_mixture_of_one_is_its_component_whatever_the_weight():
    params = torch.tensor([0.3, -2.0], dtype=torch.float64).view(1, 2, 1)
    weighted = torch.cat([torch.full((1, 1, 1), 7.0), params], dim=1)
    value = torch.tensor([[0.21]])
    mixture = GaussianMixture(1).log_prob(weighted, value)
    assert torch.equal(Gaussian().log_prob(params, value), mixture)


@pytest.mark.parametrize("bits", [8, 16])
def test_far_from_the_mean_a_level_has_the_density_times_its_width(bits):
    """Where the difference of two sigmoids is nothing but rounding, in float32."""
    kind = LogisticMixture(1, bits=bits)
    scale = 1e-2 * 2.0**-bits * 256
    params = torch.tensor([0.0, 0.0, math.log(scale)]).view(1, 3, 1)
    symbol = kind.encode(torch.tensor([[0.9]]))
    z = kind.decode(symbol).item() / scale
    width = 2.0 / kind.levels / scale
    wanted = -z + math.log(2 * math.sinh(width / 2))  # sigmoids that far out are exponentials
    assert kind.log_prob(params, symbol).item() == pytest.approx(wanted, rel=1e-5)
    assert wanted < -50


@pytest.mark.parametrize("name", list(KINDS))
def test_half_precision_params_are_worked_with_in_float32(name):
    kind = KINDS[name]
    params = some_params(kind, 2, dtype=torch.float32).bfloat16()
    symbols = kind.encode(torch.zeros(1, 2))
    found = kind.log_prob(params, symbols)
    assert found.dtype == torch.float32
    assert torch.equal(found, kind.log_prob(params.float(), symbols))
    assert found.shape == (1, 2)
