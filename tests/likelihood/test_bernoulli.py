"""Black-or-white pixels: probabilities of all images add up, draws follow the uniforms."""

from __future__ import annotations

import itertools

import pytest
import torch

from speechgen.errors import ConfigError
from speechgen.likelihood import Bernoulli

KIND = Bernoulli()


def test_probabilities_of_all_images_add_up_to_one():
    logits = 3 * torch.randn(1, 1, 1, 2, 3, dtype=torch.float64)
    images = torch.tensor(list(itertools.product((0.0, 1.0), repeat=6))).view(-1, 1, 2, 3).double()
    nats = KIND.log_prob(logits.expand(64, -1, -1, -1, -1), images).sum(dim=(1, 2, 3))
    assert nats.exp().sum().item() == pytest.approx(1.0, abs=1e-12)


def test_against_the_library():
    logits, x = 5 * torch.randn(4, 1, 7), torch.randint(0, 2, (4, 7)).float()
    wanted = torch.distributions.Bernoulli(logits=logits[:, 0]).log_prob(x)
    torch.testing.assert_close(KIND.log_prob(logits, x), wanted)
    torch.testing.assert_close(KIND.mean(logits), torch.sigmoid(logits[:, 0]))
    assert torch.equal(KIND.mode(logits), (logits[:, 0] > 0).float())


@pytest.mark.parametrize("logit", [-1e4, 1e4])
def test_sure_pixels_are_finite_and_drawn_as_they_are(logit):
    params = torch.full((1, 1, 2), logit, requires_grad=True)
    noise = torch.tensor([[0.0, 1.0 - 2.0**-24]])
    assert torch.equal(KIND.sample(params, noise), torch.full((1, 2), float(logit > 0)))
    nats = KIND.log_prob(params, torch.tensor([[0.0, 1.0]]))
    (gradient,) = torch.autograd.grad(nats.sum(), params)
    assert torch.isfinite(nats).all()
    assert torch.isfinite(gradient).all()


def test_evenly_spread_uniforms_give_the_probability():
    noise = (torch.arange(1000) + 0.5) / 1000
    for logit, temperature in ((0.8, 1.0), (-2.0, 0.5)):
        drawn = KIND.sample(torch.full((1000, 1), logit), noise, temperature)
        wanted = torch.sigmoid(torch.tensor(logit / temperature)).item()
        assert drawn.mean().item() == pytest.approx(wanted, abs=1e-3)
        assert torch.equal(drawn, drawn.sort().values)  # the upper end of [0, 1) means 1


def test_half_precision_is_widened_and_bad_temperatures_refused():
    params = torch.zeros(1, 1, 2, dtype=torch.bfloat16)
    assert KIND.log_prob(params, torch.ones(1, 2)).dtype == torch.float32
    with pytest.raises(ConfigError, match="temperature"):
        KIND.sample(params, torch.zeros(1, 2), 0.0)
    assert KIND.quantise(torch.tensor([-1.0, 0.2, 0.7, 3.0])).tolist() == [0.0, 0.0, 1.0, 1.0]
