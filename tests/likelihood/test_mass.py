"""Masses of intervals: those of a partition add up to 1, and to the symbols' own probabilities."""

from __future__ import annotations

import math

import pytest
import torch

from speechgen.likelihood import Gaussian, GaussianMixture, LogisticMixture, MuLawCategorical
from tests.likelihood.kinds import (
    CONTINUOUS,
    DISCRETE,
    KINDS,
    alphabet,
    own_intervals,
    pcm_intervals,
    some_params,
    total_mass,
)


@pytest.mark.parametrize(("gain", "shift"), [(1.0, 0.0), (0.37, 0.11), (2.9, -0.8)])
@pytest.mark.parametrize("name", list(KINDS))
def test_masses_of_a_partition_add_up_to_one(name, gain, shift):
    kind = KINDS[name]
    low, high = pcm_intervals(gain, shift, bits=12)
    for scale in (1e-4, 0.1, 10.0):
        masses = total_mass(kind, some_params(kind, scale=scale), low, high)
        assert masses.exp().sum().item() == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("name", list(KINDS))
def test_the_whole_line_has_mass_one(name):
    kind = KINDS[name]
    ends = torch.tensor([[math.inf]], dtype=torch.float64)
    assert kind.log_mass(some_params(kind), -ends, ends).item() == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("name", DISCRETE)
def test_the_interval_of_a_symbol_has_its_probability(name):
    kind = KINDS[name]
    ends, params = own_intervals(kind)[None], some_params(kind)
    masses = total_mass(kind, params, ends[:, :-1], ends[:, 1:])
    symbols = alphabet(kind)
    wanted = kind.log_prob(params.expand(-1, -1, len(symbols)), symbols[None])
    torch.testing.assert_close(masses, wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", CONTINUOUS)
def test_a_narrow_interval_has_the_density_times_its_width(name):
    kind = KINDS[name]
    params = some_params(kind, 50)
    middle = (2 * torch.rand(1, 50) - 1).double()
    masses = kind.log_mass(params, middle - 1e-6, middle + 1e-6)
    wanted = kind.log_prob(params, middle.float()) + math.log(2e-6)
    torch.testing.assert_close(masses, wanted, rtol=0, atol=2e-4)  # float32 values


@pytest.mark.parametrize("name", list(KINDS))
def test_parts_of_an_interval_add_up_to_it(name):
    kind = KINDS[name]
    cuts = (3 * torch.rand(1, 40, 3, dtype=torch.float64) - 1.5).sort(dim=2).values.unbind(2)
    params = some_params(kind, 40)
    parts = [kind.log_mass(params, a, b) for a, b in ((cuts[0], cuts[1]), (cuts[1], cuts[2]))]
    whole = kind.log_mass(params, cuts[0], cuts[2])
    torch.testing.assert_close(torch.logaddexp(*parts), whole, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", list(KINDS))
def test_no_step_of_16_bits_is_impossible(name):
    kind = KINDS[name]
    low, high = pcm_intervals(gain=1.97)  # some of it beyond full scale, as pre-emphasis may bring
    for scale in (1e-4, 0.1):
        masses = total_mass(kind, some_params(kind, scale=scale), low, high)
        assert torch.isfinite(masses).all()


def test_a_class_is_spread_evenly_over_its_interval():
    kind = MuLawCategorical(8)
    edges = kind.edges()
    logits = some_params(kind)
    third = (edges[4] - edges[3]) / 3
    low = (edges[3] + third * torch.arange(3)).view(1, 3)
    masses = kind.log_mass(logits.expand(1, 8, 3), low, low + third)
    wanted = torch.log_softmax(logits[0, :, 0], dim=0)[3] - math.log(3)
    assert masses[0].tolist() == pytest.approx([wanted.item()] * 3, abs=1e-12)
    assert edges.tolist() == pytest.approx((-edges.flip(0)).tolist(), abs=1e-15)


def test_a_class_without_probability_has_no_mass():
    logits = torch.zeros(1, 8, 1)
    logits[0, 3] = -math.inf
    kind = MuLawCategorical(8)
    edges = kind.edges()
    inside = kind.log_mass(logits, edges[3:4, None], edges[4:5, None])
    across = kind.log_mass(logits, edges[2:3, None], edges[4:5, None])
    assert inside.item() == -math.inf
    assert across.item() == pytest.approx(-math.log(7))


def test_values_beyond_full_scale_belong_to_the_edge_classes():
    kind, logits = MuLawCategorical(8), some_params(MuLawCategorical(8))
    inner = kind.edges()[7].view(1, 1)
    one, end = torch.ones(1, 1, dtype=torch.float64), torch.full((1, 1), math.inf)
    within, beyond = kind.log_mass(logits, inner, one), kind.log_mass(logits, one, end)
    probability = torch.log_softmax(logits, dim=1)[0, 7]
    assert torch.logaddexp(within, beyond).item() == pytest.approx(probability.item(), abs=1e-12)
    assert within.item() == pytest.approx(probability.item(), abs=1e-3)  # nearly all of it


@pytest.mark.parametrize("z", [6.0, 40.0, 4000.0])
def test_masses_far_out_do_not_cancel(z):
    """Against the leading terms of the normal tail and the logistic's, which is an exponential."""
    low, high = (torch.tensor([[end * 0.01]], dtype=torch.float64) for end in (z, z + 1.0))
    log_scale = math.log(0.01)
    gaussian = torch.tensor([0.0, log_scale], dtype=torch.float64).view(1, 2, 1)
    found = Gaussian().log_mass(gaussian, low, high).item()
    leading = -0.5 * z * z - math.log(z) - 0.5 * math.log(2 * math.pi)
    assert found == pytest.approx(leading, abs=2 / z**2)
    assert Gaussian().log_mass(gaussian, -high, -low).item() == pytest.approx(found, rel=1e-12)
    logistic = torch.tensor([0.0, 0.0, log_scale], dtype=torch.float64).view(1, 3, 1)
    found = LogisticMixture(1, bits=16).log_mass(logistic, low, high).item()
    assert found == pytest.approx(
        -z + math.log(1 - math.exp(-1.0)), rel=1e-12, abs=2 * math.exp(-z)
    )


def test_masses_of_a_gaussian_by_hand():
    """The share of a normal variable within one and two deviations, and above them."""
    params = torch.tensor([0.0, 0.1, -0.1, 0.2, math.log(0.2), math.log(0.2)]).view(1, 6, 1)
    params[0, :2] = torch.tensor([[0.0], [-math.inf]])  # one component only
    params[0, 2] = 0.1
    ends = torch.tensor([-math.inf, -0.3, -0.1, 0.1, 0.3, 0.5, math.inf], dtype=torch.float64)
    masses = total_mass(GaussianMixture(2), params, ends[None, :-1], ends[None, 1:]).exp()[0]
    wanted = [0.0227501, 0.1359051, 0.3413447, 0.3413447, 0.1359051, 0.0227501]
    assert masses.tolist() == pytest.approx(wanted, abs=2e-7)
