"""Deep belief networks, stacks of restricted Boltzmann machines; general Boltzmann machines."""

from __future__ import annotations

import itertools
from typing import Any

import torch
from torch import Tensor

from speechgen.images.training.contrastive_divergence import ContrastiveDivergenceObjective
from speechgen.training.loop.optimisation import OptimizerSettings

EXPERIMENTS = ("dbn", "boltzmann")


def states(units: int) -> Tensor:
    return torch.tensor(list(itertools.product([0.0, 1.0], repeat=units)))


def learner(network: Any, rate: float = 0.05, **options: Any) -> ContrastiveDivergenceObjective:
    """The training objective with a plain optimiser, outside of a run."""
    objective = ContrastiveDivergenceObjective(network, optimizer=OptimizerSettings(), **options)
    optimizer = torch.optim.Adam(network.parameters(), rate)
    objective.optimizers = lambda: optimizer  # type: ignore[method-assign]
    return objective


def bars() -> dict[str, Tensor]:
    pictures = torch.zeros(6, 1, 3, 3)
    for place in range(3):
        pictures[place, 0, place] = 1.0
        pictures[3 + place, 0, :, place] = 1.0
    return {"image": pictures.repeat(8, 1, 1, 1)}


def test_layers_learn_one_after_the_other_from_means(configured: Any) -> None:
    network = configured("dbn", image_shape=[1, 3, 3], hidden_units=[5, 4])
    objective = learner(network, layer_steps=2)
    seen: list[Tensor] = []
    for layer in network.layers:
        layer.positive = lambda visible: (seen.append(visible.clone()), visible)[1]
    moved = []
    for step in range(4):
        objective.steps_done = step
        before = [layer.weight.detach().clone() for layer in network.layers]
        objective.training_step(bars(), 0)
        moved.append(
            [not torch.equal(a, b.weight) for a, b in zip(before, network.layers, strict=True)]
        )
    assert moved == [[True, False]] * 2 + [[False, True]] * 2
    # the second machine is shown p(h = 1 | v) of the first, not samples of it
    first = network.layers[0]
    means = torch.sigmoid(bars()["image"].flatten(1) @ first.weight + first.hidden_bias)
    torch.testing.assert_close(seen[2], means)
    torch.testing.assert_close(network.upward(bars()["image"].flatten(1), 1), means)
    assert torch.equal(seen[0], bars()["image"].flatten(1))


def test_the_top_layers_gibbs_sampling_generates(configured: Any) -> None:
    """Frequencies of samples against the exact marginal of the directed-undirected model."""
    network = configured("dbn", image_shape=[1, 1, 3], hidden_units=[3, 2], sample_sweeps=30)
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(1.5 * torch.randn(parameter.shape, generator=generator))
    low, top = network.layers
    middle = states(3)
    log_top = top.log_prob(middle.view(-1, 3, 1, 1))  # p(h1) of the topmost machine
    means = low.visible_means(middle)
    pixels = states(3)
    log_down = (pixels[:, None] * means.log() + (1 - pixels[:, None]) * (1 - means).log()).sum(
        2
    )  # (pixels, h1)
    exact = torch.logsumexp(log_down + log_top, dim=1).exp().detach()
    count = 6000
    drawn = network.sample(count, generator=torch.Generator().manual_seed(0)).flatten(1)
    numbers = (drawn @ torch.tensor([4.0, 2.0, 1.0])).long()
    found = torch.bincount(numbers, minlength=8) / count
    assert abs(float(exact.sum()) - 1) < 1e-5
    assert ((found - exact).abs() < 4 * (exact * (1 - exact) / count).sqrt() + 1e-4).all()


def test_a_trained_stack_makes_what_it_learnt(configured: Any) -> None:
    network = configured("dbn", image_shape=[1, 3, 3], hidden_units=[16, 16], sample_sweeps=50)
    objective = learner(network, layer_steps=250, chains=48)
    torch.manual_seed(0)
    for step in range(500):
        objective.steps_done = step
        objective.training_step(bars(), 0)
    made = network.sample(200, generator=torch.Generator().manual_seed(0))
    real = {tuple(one.flatten().tolist()) for one in bars()["image"]}
    share = sum(tuple(one.flatten().tolist()) in real for one in made) / len(made)
    assert share > 0.3  # 6 of 512 pictures: 1 % by chance


def test_a_boltzmann_machine_learns_a_distribution(configured: Any) -> None:
    network = configured("boltzmann", image_shape=[1, 2, 2], hidden_units=3)
    rows = [[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1]]
    pictures = torch.tensor(rows).float().view(-1, 1, 2, 2)
    objective = learner(network, rate=0.02, chains=64)
    torch.manual_seed(0)
    for _ in range(200):
        objective.training_step({"image": pictures.repeat(8, 1, 1, 1)}, 0)
    assert network.exact_log_prob(pictures).mean() > -2.2  # coins: -2.77; the best: -1.39
