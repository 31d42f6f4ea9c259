"""f-GAN: at the best critic the value is the divergence, and no other critic gives more."""

from __future__ import annotations

import math

import pytest
import torch

from speechgen.adversarial import DIVERGENCES, find_gan_loss
from speechgen.errors import ConfigError

P = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)
Q = torch.tensor([0.2, 0.2, 0.6], dtype=torch.float64)

# the divergences in their own words, not by f
CLOSED = {
    "total_variation": 0.5 * (P - Q).abs().sum(),
    "kullback_leibler": (P * (P / Q).log()).sum(),
    "reverse_kullback_leibler": (Q * (Q / P).log()).sum(),
    "pearson": ((Q - P).square() / Q).sum(),
    "squared_hellinger": (P.sqrt() - Q.sqrt()).square().sum(),
    "jensen_shannon": (P * (2 * P / (P + Q)).log() + Q * (2 * Q / (P + Q)).log()).sum(),
    "gan": (P * (P / (P + Q)).log() + Q * (Q / (P + Q)).log()).sum(),
}
# the logit at which g(v) = f'(p / q), by hand from table 2
U = P / Q
BEST = {
    "total_variation": 30.0 * (U - 1).sign(),
    "kullback_leibler": 1 + U.log(),
    "reverse_kullback_leibler": U.log(),
    "pearson": 2 * (U - 1),
    "squared_hellinger": 0.5 * U.log(),
    "jensen_shannon": U.log(),
    "gan": U.log(),
}


def bound(name: str, logits: torch.Tensor) -> torch.Tensor:
    """F of a critic that gives ``logits`` to the three symbols."""
    row = DIVERGENCES[name]
    return (P * row.activation(logits)).sum() - (Q * row.conjugate(logits)).sum()


@pytest.mark.parametrize("name", DIVERGENCES)
def test_the_best_critic_gives_the_divergence(name: str) -> None:
    torch.testing.assert_close(DIVERGENCES[name].between(P, Q), CLOSED[name])
    torch.testing.assert_close(bound(name, BEST[name]), CLOSED[name])


@pytest.mark.parametrize("name", DIVERGENCES)
def test_every_other_critic_gives_less(name: str) -> None:
    for _ in range(20):
        assert bound(name, 2.0 * torch.randn(3, dtype=torch.float64)) < CLOSED[name]


@pytest.mark.parametrize("name", DIVERGENCES)
def test_conjugates_are_the_suprema_they_stand_for(name: str) -> None:
    row = DIVERGENCES[name]
    u = torch.linspace(1e-6, 60.0, 600_001, dtype=torch.float64)
    for logit in (-1.0, 0.3, 1.5):
        v = torch.tensor(logit, dtype=torch.float64)
        numeric = (row.activation(v) * u - row.f(u)).max()
        torch.testing.assert_close(row.conjugate(v), numeric, atol=1e-4, rtol=0)


@pytest.mark.parametrize("name", DIVERGENCES)
def test_the_gan_loss_is_the_bound(name: str) -> None:
    gan_loss = find_gan_loss(name)
    real, fake = torch.randn(2, 50, 1, dtype=torch.float64)
    row = DIVERGENCES[name]
    value = row.activation(real).mean() - row.conjugate(fake).mean()
    torch.testing.assert_close(gan_loss.discriminator([real], [fake]), -value)
    fake.requires_grad_(True)
    gan_loss.generator([fake]).backward()
    assert (fake.grad < 0).all()  # a large logit means real, so the generator raises it


def test_equals_are_at_equilibrium() -> None:
    for name in DIVERGENCES:
        expected = 2 * math.log(2.0) if name == "gan" else 0.0
        assert find_gan_loss(name).equilibrium == pytest.approx(expected, abs=1e-12)


def test_divergences_are_listed_with_the_gan_losses() -> None:
    with pytest.raises(ConfigError, match="wasserstein, total_variation"):
        find_gan_loss("kl")


def test_smoothing_is_a_lower_target_for_the_real_ones_alone() -> None:
    real, fake = torch.randn(2, 40, 1, dtype=torch.float64)
    gan_loss = find_gan_loss("least_squares")
    by_target = 0.5 * (real - 0.9).square().mean() + 0.5 * fake.square().mean()
    smoothed = gan_loss.discriminator([real], [fake], smoothing=0.1)
    torch.testing.assert_close(smoothed, by_target + 0.5 * 0.1 * 0.9)
    cross = torch.nn.functional.binary_cross_entropy_with_logits
    by_hand = cross(real, torch.full_like(real, 0.9)) + cross(fake, torch.zeros_like(fake))
    smoothed = find_gan_loss("non_saturating").discriminator([real], [fake], smoothing=0.1)
    torch.testing.assert_close(smoothed, by_hand)
