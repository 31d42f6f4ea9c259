"""The flow's density is that of its draws: change of variables, step by step."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from speechgen.variational import DiagonalGaussian, InverseAutoregressiveFlow
from speechgen.variational.flows import UPDATES

SIZE = 4


class Triangular:
    """m and s by strictly lower triangular matrices, and a context."""

    def __init__(self, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        shape = (2, SIZE, SIZE)
        self.matrices = torch.randn(shape, generator=generator, dtype=torch.float64).tril(-1)

    def __call__(self, latents: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        given = 0.0 if context is None else context
        shift, scale = (torch.tanh(latents @ one.T + given) for one in self.matrices)
        return shift, scale


def flow(update: str, steps: int, context: Tensor | None = None) -> InverseAutoregressiveFlow:
    base = DiagonalGaussian(*torch.randn(2, SIZE, dtype=torch.float64))
    networks = [Triangular(seed) for seed in range(steps)]
    return InverseAutoregressiveFlow(base, networks, context, update)


@pytest.mark.parametrize("update", UPDATES)
@pytest.mark.parametrize("steps", [0, 1, 3])
def test_log_density_follows_from_the_numeric_jacobian(update: str, steps: int) -> None:
    posterior, noise = flow(update, steps), torch.randn(SIZE, dtype=torch.float64)
    _, log_prob = posterior.draw(noise)
    jacobian = torch.autograd.functional.jacobian(lambda n: posterior.draw(n)[0], noise)
    base = torch.distributions.Normal(0.0, 1.0).log_prob(noise).sum()
    torch.testing.assert_close(log_prob.sum(), base - jacobian.slogdet().logabsdet)


def test_one_step_is_triangular_and_reversal_lets_all_depend_on_all() -> None:
    noise = torch.randn(SIZE, dtype=torch.float64)
    jacobians = [
        torch.autograd.functional.jacobian(lambda n, p=p: p.draw(n)[0], noise)
        for p in (flow("gated", 1), flow("gated", 2))
    ]
    assert torch.equal(jacobians[0].triu(1), torch.zeros_like(jacobians[0]))
    assert (jacobians[1].abs() > 0).all()


def test_draws_and_context_are_broadcast() -> None:
    base = DiagonalGaussian(*torch.randn(2, 3, SIZE, dtype=torch.float64))
    context = torch.randn(3, SIZE, dtype=torch.float64)
    posterior = InverseAutoregressiveFlow(base, [Triangular(0), Triangular(1)], context)
    noise = torch.randn(5, 3, SIZE, dtype=torch.float64)
    latents, log_prob = posterior.draw(noise)
    again, _ = posterior.draw(noise[2])
    assert latents.shape == log_prob.shape == (5, 3, SIZE)
    torch.testing.assert_close(latents[2], again)
