"""General Boltzmann machines against enumeration of all states."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor

from speechgen.errors import ConfigError, ModelError
from speechgen.images.models.energy.boltzmann import BoltzmannMachine


def machine(hidden: int = 2) -> BoltzmannMachine:
    torch.manual_seed(0)
    network = BoltzmannMachine(image_shape=(1, 2, 2), hidden_units=hidden, sample_sweeps=20)
    network.double()
    with torch.no_grad():
        network.upper.copy_(torch.randn_like(network.upper).triu(1))
        network.bias.copy_(torch.randn_like(network.bias))
    return network


def states(units: int) -> Tensor:
    return torch.tensor(list(itertools.product([0.0, 1.0], repeat=units)), dtype=torch.float64)


def test_energy_counts_every_pair_once() -> None:
    network = machine()
    state = torch.tensor([1.0, 0.0, 1.0, 1.0, 0.0, 1.0], dtype=torch.float64)
    pairs = sum(
        network.weight[i, j] * state[i] * state[j] for i in range(6) for j in range(i + 1, 6)
    )
    torch.testing.assert_close(network.energy(state[None])[0], -pairs - network.bias @ state)
    assert not network.weight.diagonal().any()
    assert torch.equal(network.weight, network.weight.T)


def test_exact_probabilities_sum_to_one() -> None:
    network = machine()
    total = network.exact_log_prob(states(4).view(-1, 1, 2, 2)).exp().sum()
    assert abs(float(total) - 1) < 1e-10
    with pytest.raises(ModelError, match="16 are the most"):
        BoltzmannMachine(image_shape=(1, 4, 4), hidden_units=1).exact_log_prob(
            torch.zeros(1, 1, 4, 4)
        )


def test_long_gibbs_sampling_has_the_exact_pair_means() -> None:
    network, every, count = machine(), states(6), 4000
    exact = (-network.energy(every)).softmax(0)
    start = torch.zeros(count, 6, dtype=torch.float64)
    drawn = network.gibbs(start, 40, generator=torch.Generator().manual_seed(1))
    pairs = drawn.T @ drawn / count
    expected = every.T @ (every * exact[:, None])
    error = (expected * (1 - expected) / count).sqrt()
    assert ((pairs - expected).abs() < 4 * error).all()


def test_statistics_give_the_exact_gradient_of_log_p() -> None:
    network, every = machine(), states(6)
    data = states(4)[[3, 5, 5, 14]]
    log_partition = torch.logsumexp(-network.energy(every), dim=0)
    joint = [
        torch.logsumexp(-network.energy(torch.cat([v.expand(4, -1), states(2)], dim=1)), dim=0)
        for v in data
    ]
    loss = log_partition - torch.stack(joint).mean()
    upper, bias = torch.autograd.grad(loss, [network.upper, network.bias])
    # expectations by enumeration: weights on states in place of samples
    model = (-network.energy(every)).softmax(0)
    given = torch.zeros_like(model)
    for v in data:
        fits = (every[:, :4] == v).all(dim=1)
        given[fits] += (-network.energy(every[fits])).softmax(0) / len(data)
    counts = 100_000

    def weighted(weights: Tensor) -> dict[str, Tensor]:
        repeated = every.repeat_interleave((weights * counts).round().long(), dim=0)
        return network.statistics(repeated)

    found = {name: weighted(model)[name] - weighted(given)[name] for name in ("upper", "bias")}
    torch.testing.assert_close(found["upper"], upper, atol=2e-4, rtol=0)
    torch.testing.assert_close(found["bias"], bias, atol=2e-4, rtol=0)


def test_clamped_units_stay_and_the_hidden_ones_are_drawn_given_them() -> None:
    network, count = machine(), 4000
    pixels = torch.tensor([1.0, 0.0, 1.0, 1.0], dtype=torch.float64)
    network.inference_sweeps = 20
    drawn = network.positive(pixels.expand(count, -1), torch.Generator().manual_seed(0))
    assert torch.equal(drawn[:, :4], pixels.expand(count, -1))
    whole = torch.cat([pixels.expand(4, -1), states(2)], dim=1)
    exact = states(2).T @ (-network.energy(whole)).softmax(0)
    assert ((drawn[:, 4:].mean(0) - exact).abs() < 4 * (exact * (1 - exact) / count).sqrt()).all()


@pytest.mark.parametrize("hidden", [0, 2])
def test_inpainting_keeps_known_pixels(hidden: int) -> None:
    network = machine(hidden)
    images = torch.rand(6, 1, 2, 2, dtype=torch.float64)
    known = torch.rand(6, 1, 2, 2) < 0.5
    made = network.inpaint(images, known, generator=torch.Generator().manual_seed(0))
    assert torch.equal(made[known], images[known])
    assert set(made[~known].tolist()) == {0.0, 1.0}
    assert network.sample(3, generator=torch.Generator().manual_seed(0)).shape == (3, 1, 2, 2)
    assert network.reconstruct(images).shape == images.shape


def test_nonsense_is_refused() -> None:
    with pytest.raises(ConfigError, match="Boltzmann machine needs"):
        BoltzmannMachine(hidden_units=-1)
