"""Restricted Boltzmann machines: energy, Z, the two phases, block Gibbs sampling to equilibrium."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch
from torch import Tensor

from speechgen.images.training.contrastive_divergence import (
    ContrastiveDivergenceObjective,
    contrastive_gradients,
)
from speechgen.training.loop.optimisation import OptimizerSettings

EXPERIMENTS = ("rbm", "rbm_cd")


def states(units: int) -> Tensor:
    return torch.tensor(list(itertools.product([0.0, 1.0], repeat=units)), dtype=torch.float64)


def tiny(configured: Any, scale: float = 0.7) -> Any:
    """Six pixels and four hidden units, in double precision."""
    machine = configured("rbm", image_shape=[1, 2, 3], hidden_units=4).double()
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for parameter in machine.parameters():
            drawn = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
            parameter.copy_(scale * drawn)
    return machine


def exact_gradient(machine: Any, data: Tensor) -> Tensor:
    """Of the mean of -log p over ``data``, by enumeration and autograd, flattened."""
    nats = machine.free_energy(data).mean() + torch.logsumexp(-machine.free_energy(states(6)), 0)
    parts = torch.autograd.grad(nats, list(machine.parameters()))
    return torch.cat([part.flatten() for part in parts])


def flat(machine: Any, gradients: dict[str, Tensor]) -> Tensor:
    return torch.cat([gradients[name].flatten() for name, _ in machine.named_parameters()])


def test_z_is_the_sum_over_all_states(configured: Any) -> None:
    machine = tiny(configured)
    visible, hidden = states(6), states(4)
    total = sum(
        float((-machine.energy(visible, h.expand(64, -1))).exp().sum().detach()) for h in hidden
    )
    assert float(machine.log_partition().exp()) == pytest.approx(total, rel=1e-10)
    mass = machine.log_prob(visible.view(-1, 1, 2, 3)).exp().sum()
    assert float(mass.detach()) == pytest.approx(1.0, abs=1e-10)


def test_positive_and_negative_phase_make_the_exact_gradient(configured: Any) -> None:
    machine = tiny(configured)
    data = states(6)[[3, 17, 17, 40, 63]]
    probability = machine.log_prob(states(6).view(-1, 1, 2, 3)).exp().detach()
    # the model's own expectation: every state as often as it is probable
    model = states(6).repeat_interleave((probability * 1e6).round().long(), dim=0)
    found = flat(machine, contrastive_gradients(machine, data, model))
    torch.testing.assert_close(found, exact_gradient(machine, data), atol=1e-4, rtol=0)


@pytest.mark.parametrize("sweeps", [1, 10])
def test_contrastive_divergence_points_the_exact_way(configured: Any, sweeps: int) -> None:
    machine = tiny(configured, scale=0.3)
    torch.manual_seed(0)
    kinds = states(6)[[0b000111, 0b111000, 0b101010]]
    data = kinds.repeat(700, 1)
    chains = machine.gibbs(machine.positive(data), sweeps)
    found = flat(machine, contrastive_gradients(machine, data, chains))
    cosine = torch.cosine_similarity(found, exact_gradient(machine, data), dim=0)
    assert cosine > (0.8 if sweeps == 1 else 0.98)


def test_long_gibbs_sampling_reaches_the_exact_marginals(configured: Any) -> None:
    machine, count = tiny(configured), 10_000
    probability = machine.log_prob(states(6).view(-1, 1, 2, 3)).exp().detach()
    exact = probability @ states(6)
    start = torch.zeros(count, 6, dtype=torch.float64)
    drawn = machine.gibbs(start, 60, generator=torch.Generator().manual_seed(2))
    error = (exact * (1 - exact) / count).sqrt()
    assert ((drawn.mean(0) - exact).abs() < 3 * error).all()
    pairs = states(6).T @ (states(6) * probability[:, None])  # and more than marginals
    spread = (pairs * (1 - pairs) / count).sqrt()
    assert ((drawn.T @ drawn / count - pairs).abs() < 4 * spread).all()


def test_one_step_inference_is_the_conditional(configured: Any) -> None:
    machine = tiny(configured)
    hidden = states(4)
    for visible in states(6)[::9]:
        weight = (-machine.energy(visible.expand(16, -1), hidden)).softmax(0)
        torch.testing.assert_close(machine.hidden_means(visible[None])[0], weight @ hidden)


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_learning_raises_the_exact_likelihood(configured: Any, experiment: str) -> None:
    machine = configured(experiment, image_shape=[1, 3, 3], hidden_units=8)
    objective = ContrastiveDivergenceObjective(
        machine, optimizer=OptimizerSettings(), persistent=experiment == "rbm", chains=60
    )
    optimizer = torch.optim.Adam(machine.parameters(), 0.02)
    objective.optimizers = lambda: optimizer  # type: ignore[method-assign]
    bars = torch.zeros(6, 1, 3, 3)
    for place in range(3):
        bars[place, 0, place] = 1.0
        bars[3 + place, 0, :, place] = 1.0
    batch = {"image": bars.repeat(10, 1, 1, 1)}
    before = machine.log_prob(bars).mean()
    torch.manual_seed(0)
    for _ in range(300):
        objective.training_step(batch, 0)
    assert all(parameter.grad is None for parameter in machine.parameters())
    after = machine.log_prob(bars).mean()
    assert before < -6.0
    assert after > -4.2  # the best is -log 6 = -1.8
