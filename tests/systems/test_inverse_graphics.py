"""Inverse graphics: one factor a batch, all latents but its own clamped to their mean."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from speechgen.images.data.dataset import digits
from speechgen.images.data.factors import FACTORS, factor_batch
from speechgen.images.models.vae.inverse_graphics import clamp_latents
from speechgen.training import compose
from speechgen.training.objectives import build_objective, objective_settings

EXPERIMENTS = ("inverse_graphics",)
SIZES = {"image_shape": [1, 8, 8], "channels": [8, 16], "features": 32, "latent": 10}


@pytest.mark.parametrize("strength", [1.0, 0.01])
def test_clamped_latents_are_constant_and_are_pulled_to_their_mean(strength: float) -> None:
    latents = torch.randn(6, 4, dtype=torch.float64, requires_grad=True)
    active = torch.tensor([False, True, False, True])
    clamped = clamp_latents(latents, active, strength)
    assert torch.equal(clamped[:, active], latents[:, active])
    means = latents.mean(0, keepdim=True).expand(6, -1)
    assert torch.equal(clamped[:, ~active], means[:, ~active])
    incoming = torch.randn(6, 4, dtype=torch.float64)
    clamped.backward(incoming)
    assert torch.equal(latents.grad[:, active], incoming[:, active])
    expected = strength * (latents - means).detach()
    torch.testing.assert_close(latents.grad[:, ~active], expected[:, ~active])


def test_strength_is_one_by_default() -> None:
    latents = torch.randn(3, 2, requires_grad=True)
    clamp_latents(latents, torch.tensor([True, False])).sum().backward()
    torch.testing.assert_close(latents.grad[:, 1], (latents - latents.mean(0)).detach()[:, 1])


def test_the_decoder_sees_one_factor_only(configured: Any) -> None:
    network = configured("inverse_graphics", **SIZES)
    heard: list[torch.Tensor] = []
    network.decoder.register_forward_pre_hook(lambda _, inputs: heard.append(inputs[0]))
    images = torch.rand(5, 1, 8, 8)
    for factor in (0, 3, None):
        found = network.clamped_evidence(images, factor, strength=1.0)
        spread = heard.pop().var(0) > 1e-10
        assert torch.equal(spread, network.active_latents(factor))
        assert found.elbo_nats.shape == (5,)
    alone = [network.active_latents(factor) for factor in (0, 1, 2, 3, None)]
    assert torch.equal(torch.stack(alone).sum(0), torch.ones(10, dtype=torch.long))


def objective_of(network: Any, **settings: Any) -> Any:
    values = compose(["experiment=inverse_graphics", "data.train=x", "output=x"])["objective"]
    return build_objective(objective_settings(values | settings, "images"), network, None, None)  # type: ignore[arg-type]


def test_a_latent_learns_its_factor_and_the_others_let_go(configured: Any) -> None:
    network = configured("inverse_graphics", **SIZES)
    objective = objective_of(network)
    pictures = {"image": torch.from_numpy(digits().images[:32]).float() / 255}
    optimizer = objective.configure_optimizers()
    for group in optimizer.param_groups:
        group["lr"] = 1e-2
    index = FACTORS.index("shift_x")
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        before = objective.own_shares(pictures)["shift_x"]
    for _ in range(100):
        images, _ = factor_batch(pictures["image"], index, generator=generator)
        optimizer.zero_grad()
        found = network.clamped_evidence(images, index, strength=1.0)
        found.distortion_nats.mean().backward()
        optimizer.step()
    with torch.no_grad():
        after = objective.own_shares(pictures)["shift_x"]
    assert before < 0.2
    assert after > 0.6


def test_steps_of_the_objective_vary_content_and_factors(configured: Any) -> None:
    network = configured("inverse_graphics", **SIZES)
    objective = objective_of(network, content_share=0.5)
    asked: list[int | None] = []
    inner = network.clamped_evidence

    def watched(images: torch.Tensor, factor: int | None, **options: Any) -> Any:
        asked.append(factor)
        assert options["strength"] == objective.invariance
        return inner(images, factor, **options)

    network.clamped_evidence = watched
    for _ in range(60):
        objective.training_step({"image": torch.rand(2, 1, 8, 8)}, 0)
    assert set(asked) == {None, 0, 1, 2, 3}
    assert 15 < asked.count(None) < 45


def test_batches_vary_in_one_factor(configured: Any) -> None:
    pictures = torch.rand(6, 1, 8, 8)
    for index in range(len(FACTORS)):
        images, factors = factor_batch(pictures, index, generator=torch.Generator().manual_seed(1))
        varied = factors.var(0) > 0
        assert varied.nonzero().flatten().tolist() == [index]
        assert images.shape == pictures.shape
        assert (images.var(0) > 0).any()
    _, factors = factor_batch(pictures, None)
    assert not (factors.var(0) > 0).any()
