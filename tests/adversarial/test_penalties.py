"""Gradient penalty and clipping: by hand, and a critic that finds the distance of two Gaussians."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from speechgen.adversarial import clip_weights, find_gan_loss, gradient_penalty


def test_the_norm_is_per_example_over_all_its_axes() -> None:
    # f(x) = sum(w * x): the gradient of each example is w, whatever the point between.
    weight = torch.randn(2, 5)
    real, fake = torch.randn(2, 3, 2, 5)
    penalty = gradient_penalty(lambda x: (x * weight).sum(dim=(1, 2)), real, fake)
    torch.testing.assert_close(penalty, (weight.norm() - 1).square())


def test_examples_count_one_by_one() -> None:
    # f(x) = |x|^2 / 2 has gradient x: with real == fake the point between is that point itself.
    x = torch.tensor([[[3.0, 4.0]], [[0.6, 0.8]]])
    penalty = gradient_penalty(lambda x: 0.5 * x.square().sum(dim=(1, 2)), x, x)
    torch.testing.assert_close(penalty, torch.tensor((16.0 + 0.0) / 2))


def test_the_points_lie_between_and_come_from_the_given_stream() -> None:
    seen = []

    def critic(x: torch.Tensor) -> tuple[list[torch.Tensor], list]:
        seen.append(x.detach())
        return [x.square().sum(dim=(1, 2))], [[]]

    real, fake = torch.zeros(8, 1, 4), torch.ones(8, 1, 4)
    for _ in range(2):
        gradient_penalty(critic, real, fake, generator=torch.Generator().manual_seed(3))
    assert torch.equal(*seen)
    assert ((seen[0] > 0) & (seen[0] < 1)).all()
    assert (seen[0].std(dim=2) == 0).all()  # one place per example, not per entry
    assert seen[0][:, 0, 0].unique().numel() == 8


def test_the_penalty_trains_the_critic_alone() -> None:
    critic = nn.Sequential(nn.Flatten(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1))
    real = torch.randn(4, 1, 8)
    fake = torch.randn(4, 1, 8, requires_grad=True)
    gradient_penalty(critic, real, fake).backward()
    assert critic[1].weight.grad.abs().max() > 0
    assert fake.grad is None


def test_a_penalised_critic_recovers_the_shift_of_a_gaussian() -> None:
    # W1 of N(0, 1) and N(2, 1) is 2. A weight of 50 lets the slope pass 1 by 2 %; the first steps
    # go without, since a slope of -1 is a local optimum too.
    critic = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 1))
    optimiser = torch.optim.Adam(critic.parameters(), lr=1e-2, betas=(0.0, 0.9))
    loss_kind, distances = find_gan_loss("wasserstein"), []
    for step in range(600):
        real, fake = torch.randn(256, 1) + 2.0, torch.randn(256, 1)
        loss = loss_kind.discriminator([critic(real)], [critic(fake)])
        distances.append(-loss.item())
        weight = 0.0 if step < 20 else 50.0
        optimiser.zero_grad()
        (loss + weight * gradient_penalty(critic, real, fake)).backward()
        optimiser.step()
    assert sum(distances[-200:]) / 200 == pytest.approx(2.0, rel=0.05)


def test_clipping_bounds_every_weight() -> None:
    network = nn.Linear(20, 20)
    clip_weights(network, 0.01)
    assert max(p.abs().max().item() for p in network.parameters()) == pytest.approx(0.01)
    with pytest.raises(ValueError, match="positive"):
        clip_weights(network, 0.0)
