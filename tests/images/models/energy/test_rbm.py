"""Restricted Boltzmann machines against enumeration: energies, Z, gradients, clamped sampling."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor

from speechgen.errors import ConfigError
from speechgen.images.models.energy.dbn import DeepBeliefNetwork
from speechgen.images.models.energy.partition_function import (
    annealed_log_partition,
    exact_log_partition,
)
from speechgen.images.models.energy.rbm import RBM


def machine(shape: tuple[int, int, int] = (1, 2, 3), hidden: int = 4, scale: float = 0.8) -> RBM:
    """A small machine in double precision with strong weights."""
    torch.manual_seed(0)
    rbm = RBM(image_shape=shape, hidden_units=hidden, sample_sweeps=20).double()
    with torch.no_grad():
        for parameter in rbm.parameters():
            parameter.copy_(scale * torch.randn_like(parameter))
    return rbm


def states(units: int) -> Tensor:
    return torch.tensor(list(itertools.product([0.0, 1.0], repeat=units)), dtype=torch.float64)


def test_free_energy_sums_the_hidden_units_out() -> None:
    rbm, hidden = machine(), states(4)
    for visible in states(6)[::7]:
        energies = rbm.energy(visible.expand(16, -1), hidden)
        torch.testing.assert_close(rbm.free_energy(visible[None])[0], -(-energies).logsumexp(0))


@pytest.mark.parametrize(("shape", "hidden"), [((1, 2, 3), 4), ((1, 2, 2), 9)])
def test_log_partition_is_the_sum_over_both_sides(shape: tuple[int, int, int], hidden: int) -> None:
    rbm = machine(shape, hidden)
    visible = states(shape[1] * shape[2])
    joint = torch.stack([-rbm.energy(visible, h.expand(len(visible), -1)) for h in states(hidden)])
    torch.testing.assert_close(rbm.log_partition(), joint.flatten().logsumexp(0))
    images = visible.unflatten(1, shape)
    assert abs(float(rbm.log_prob(images).exp().sum()) - 1) < 1e-10


def test_log_partition_follows_the_parameters() -> None:
    rbm = machine()
    before = float(rbm.log_partition())
    with torch.no_grad():
        rbm.hidden_bias += 1.0
    assert float(rbm.log_partition()) > before + 0.1


def test_annealed_estimate_is_the_exact_value_within_its_error() -> None:
    rbm = machine((1, 3, 4), 10, scale=1.0)
    parameters = [p.detach() for p in (rbm.weight, rbm.visible_bias, rbm.hidden_bias)]
    exact = exact_log_partition(*parameters)
    for seed in range(3):
        estimate, error = annealed_log_partition(
            *parameters, generator=torch.Generator().manual_seed(seed), chains=400, temperatures=200
        )
        assert 0 < error < 0.1
        assert abs(estimate - exact) < 4 * error


def test_large_machines_are_estimated_and_always_alike() -> None:
    torch.manual_seed(1)
    rbm = RBM(image_shape=(1, 5, 5), hidden_units=20, partition_temperatures=50)
    assert not rbm.is_exact
    assert machine().is_exact
    images = torch.rand(3, 1, 5, 5).round()
    first = rbm.log_prob(images)
    rbm._partition = None
    torch.testing.assert_close(rbm.log_prob(images), first, rtol=0, atol=0)
    # weights of 0.01: nearly independent coins
    torch.testing.assert_close(first, torch.full((3,), -25 * 0.6931), rtol=0, atol=1.0)


def test_statistics_are_minus_the_gradient_of_the_free_energy() -> None:
    rbm = machine()
    visible = states(6)[5:20:3]
    gradients = torch.autograd.grad(rbm.free_energy(visible).mean(), list(rbm.parameters()))
    found = rbm.statistics(visible)
    for (name, _), gradient in zip(rbm.named_parameters(), gradients, strict=True):
        torch.testing.assert_close(found[name], -gradient)


def test_known_pixels_are_kept_and_the_others_follow_their_conditional() -> None:
    rbm = machine((1, 2, 2), 3, scale=1.5)
    rbm.sample_sweeps = 30
    known = torch.tensor([[[[True, False], [True, False]]]])
    image = torch.tensor([[[[1.0, 0.25], [0.0, 0.25]]]], dtype=torch.float64)
    count = 4000
    made = rbm.inpaint(
        image.expand(count, -1, -1, -1),
        known.expand(count, -1, -1, -1),
        generator=torch.Generator().manual_seed(0),
    )
    assert torch.equal(made[known.expand_as(made)], image.expand_as(made)[known.expand_as(made)])
    choices = states(2)
    whole = torch.stack([torch.tensor([1.0, a, 0.0, b]).double() for a, b in choices])
    exact = rbm.log_prob(whole.view(-1, 1, 2, 2)).softmax(0)
    numbers = (2 * made[:, 0, 0, 1] + made[:, 0, 1, 1]).long()
    found = torch.bincount(numbers, minlength=4) / count
    assert ((found - exact).abs() < 4 * (exact * (1 - exact) / count).sqrt() + 1e-3).all()


def test_samples_are_binary_and_follow_the_generator() -> None:
    rbm = machine()
    one, again, other = (
        rbm.sample(5, generator=torch.Generator().manual_seed(seed)) for seed in (3, 3, 4)
    )
    assert one.shape == (5, 1, 2, 3)
    assert set(one.unique().tolist()) <= {0.0, 1.0}
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


def test_biases_initialised_from_means_give_these_means() -> None:
    rbm = machine(scale=0.0)
    means = torch.linspace(0.1, 0.9, 6, dtype=torch.float64)
    rbm.initialise_biases(means)
    torch.testing.assert_close(rbm.visible_means(torch.zeros(1, 4).double())[0], means)


def test_a_stack_passes_means_and_has_matching_sides() -> None:
    torch.manual_seed(0)
    stack = DeepBeliefNetwork(image_shape=(1, 3, 3), hidden_units=[5, 4], sample_sweeps=3)
    images = torch.rand(2, 1, 3, 3)
    assert stack.latents(images).shape == (2, 4)
    assert stack.reconstruct(images).shape == images.shape
    made = stack.sample(3, generator=torch.Generator().manual_seed(0))
    assert made.shape == (3, 1, 3, 3)
    assert set(made.unique().tolist()) <= {0.0, 1.0}


@pytest.mark.parametrize("arguments", [{"hidden_units": 0}, {"sample_sweeps": 0}])
def test_nonsense_is_refused(arguments: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match="RBM needs"):
        RBM(**arguments)
    with pytest.raises(ConfigError, match="hidden_units is empty"):
        DeepBeliefNetwork(hidden_units=[])
