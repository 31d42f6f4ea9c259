"""Conditional generation: p(x|z, y) with q(z|x, y), and p(z|y) standard or learnt."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from speechgen.images.training.variational import VariationalObjective
from speechgen.training.loop.optimisation import OptimizerSettings

EXPERIMENTS = ("conditional_vae",)


def bars(num: int) -> tuple[Tensor, Tensor]:
    """Class k has row k black, another random row beside it: 6x4 images of three classes."""
    labels = torch.arange(num) % 3
    images = torch.zeros(num, 1, 6, 4)
    images[torch.arange(num), 0, labels] = 1.0
    images[torch.arange(num), 0, torch.randint(3, 6, (num,))] = 1.0
    return images, labels


@pytest.mark.parametrize("prior", ["standard", "learnt"])
def test_samples_are_of_the_class_asked_for(configured: Any, prior: str) -> None:
    model = configured("conditional_vae", image_shape=[1, 6, 4], num_classes=3, hidden=[32],
                       latent=2, conditional_prior=prior)  # fmt: skip
    images, labels = bars(96)
    objective = VariationalObjective(
        model, optimizer=OptimizerSettings(name="adam", learning_rate=1e-2)
    )
    optimizer = objective.configure_optimizers()
    for _ in range(250):
        optimizer.zero_grad()
        objective.training_step({"image": images, "label": labels}, 0).backward()
        optimizer.step()
    wanted = torch.arange(60) % 3
    with torch.no_grad():
        drawn = model.sample(60, generator=torch.Generator().manual_seed(0), labels=wanted)
    rows = drawn[:, 0, :3].mean(dim=2)
    assert (rows.argmax(dim=1) == wanted).float().mean() > 0.95
    # what the class leaves open is left to z
    assert drawn[:, 0, 3:].std(dim=0).max() > 0.2


def test_the_prior_of_a_class_is_selectable_and_learns(configured: Any) -> None:
    images, labels = bars(6)
    small = {"image_shape": [1, 6, 4], "num_classes": 3, "latent": 2}
    learnt = configured("conditional_vae", conditional_prior="learnt", **small)
    assert learnt.prior_of(labels).mean.shape == (6, 2)
    learnt.evidence(images, labels).rate_nats.sum().backward()
    assert (learnt.class_prior.weight.grad != 0).any()
    standard = configured("conditional_vae", conditional_prior="standard", **small)
    assert standard.class_prior is None
    assert torch.equal(standard.prior_of(labels).mean, torch.zeros(2))


def test_the_divergence_is_from_the_prior_of_the_class(configured: Any) -> None:
    model = configured("conditional_vae", image_shape=[1, 6, 4], num_classes=3, latent=2)
    torch.nn.init.normal_(model.class_prior.weight)
    images, labels = bars(6)
    posterior, prior = model.posterior(images, labels), model.prior_of(labels)
    wanted = torch.distributions.kl_divergence(
        *(torch.distributions.Normal(d.mean, (0.5 * d.log_variance).exp())
          for d in (posterior, prior))
    )  # fmt: skip
    torch.testing.assert_close(model.evidence(images, labels).kl, wanted)
