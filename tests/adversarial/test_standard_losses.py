"""GAN objectives by hand, at extreme logits, and in the theory's closed forms."""

from __future__ import annotations

import math

import pytest
import torch

from speechgen.adversarial import STANDARD_LOSSES, find_gan_loss
from speechgen.errors import ConfigError

SIGMOID_OF_1 = 1 / (1 + math.exp(-1))


def logits(*values: float) -> list[torch.Tensor]:
    return [torch.tensor(values)[:, None]]


def test_least_squares_by_hand() -> None:
    gan_loss = find_gan_loss("least_squares")
    assert gan_loss.discriminator(logits(1.0, 1.0), logits(0.0, 0.0)).item() == 0.0
    assert gan_loss.discriminator(logits(0.5), logits(0.5)).item() == 0.25
    assert gan_loss.discriminator(logits(0.0), logits(2.0)).item() == 2.5
    assert gan_loss.generator(logits(0.0, 2.0)).item() == 0.5


def test_cross_entropy_by_hand() -> None:
    for name in ("non_saturating", "minimax"):
        loss = find_gan_loss(name).discriminator(logits(1.0), logits(-1.0)).item()
        assert loss == pytest.approx(-2 * math.log(SIGMOID_OF_1))
    non_saturating = find_gan_loss("non_saturating").generator(logits(1.0)).item()
    assert non_saturating == pytest.approx(-math.log(SIGMOID_OF_1))
    minimax = find_gan_loss("minimax").generator(logits(1.0)).item()
    assert minimax == pytest.approx(math.log(1 - SIGMOID_OF_1), rel=1e-5)


def test_hinge_and_wasserstein_by_hand() -> None:
    hinge, critic = find_gan_loss("hinge"), find_gan_loss("wasserstein")
    assert hinge.discriminator(logits(0.5, 3.0), logits(-2.0, 0.0)).item() == 0.25 + 0.5
    assert critic.discriminator(logits(0.5, 3.5), logits(-2.0, 0.0)).item() == -3.0
    assert hinge.generator(logits(1.0, 2.0)).item() == -1.5
    assert critic.generator(logits(1.0, 2.0)).item() == -1.5


@pytest.mark.parametrize("name", STANDARD_LOSSES)
@pytest.mark.parametrize("value", [-100.0, 100.0])
def test_finite_at_sure_logits(name: str, value: float) -> None:
    gan_loss = find_gan_loss(name)
    real, fake = (torch.full((4, 1), value, requires_grad=True) for _ in range(2))
    loss = gan_loss.discriminator([real], [fake]) + gan_loss.generator([fake])
    loss.backward()
    assert loss.isfinite()
    assert real.grad.isfinite().all()
    assert fake.grad.isfinite().all()


@pytest.mark.parametrize("name", STANDARD_LOSSES)
def test_equilibrium_is_the_loss_of_a_discriminator_that_cannot_tell(name: str) -> None:
    gan_loss = find_gan_loss(name)
    undecided = logits(0.5) if name == "least_squares" else logits(0.0)
    assert gan_loss.discriminator(undecided, undecided).item() == pytest.approx(
        gan_loss.equilibrium
    )


def test_only_the_non_saturating_generator_learns_when_it_is_losing() -> None:
    for name, slope in (("minimax", 0.0), ("non_saturating", -1.0)):
        fake = torch.tensor([[-50.0]], requires_grad=True)
        find_gan_loss(name).generator([fake]).backward()
        assert fake.grad.item() == pytest.approx(slope, abs=1e-6)


def test_best_minimax_discriminator_gives_the_jensen_shannon_divergence() -> None:
    # D* = p / (p + q) on two discrete distributions; the value is 2 JSD - 2 log 2.
    p, q = torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.2, 0.2, 0.6])
    free = torch.zeros(3, requires_grad=True)
    optimiser = torch.optim.LBFGS([free], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        softplus = torch.nn.functional.softplus
        loss = (p * softplus(-free)).sum() + (q * softplus(free)).sum()
        loss.backward()
        return loss

    value = -optimiser.step(closure)
    value = -closure()
    torch.testing.assert_close(torch.sigmoid(free), p / (p + q), atol=1e-3, rtol=0)
    middle = (p + q) / 2
    divergence = 0.5 * (p * (p / middle).log() + q * (q / middle).log()).sum()
    torch.testing.assert_close(value, 2 * divergence - 2 * math.log(2.0), atol=1e-5, rtol=0)


def test_discriminators_are_averaged_and_counted() -> None:
    gan_loss = find_gan_loss("wasserstein")
    assert gan_loss.generator([torch.ones(2, 1), torch.zeros(2, 9)]).item() == -0.5
    with pytest.raises(ValueError, match="logits"):
        gan_loss.discriminator(logits(1.0), [])
    with pytest.raises(ConfigError, match="least_squares"):
        find_gan_loss("least_square")
