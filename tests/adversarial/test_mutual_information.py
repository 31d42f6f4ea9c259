"""InfoGAN's bound: exact for the posterior, below for any other, never above the entropy."""

from __future__ import annotations

import math

import pytest
import torch

from speechgen.adversarial import CodeSpace


def test_codes_are_what_they_say() -> None:
    space = CodeSpace((3, 4), 2)
    codes = space.draw(4000, generator=torch.Generator().manual_seed(0))
    assert codes.shape == (4000, 9)
    assert (codes[:, :3].sum(dim=1) == 1).all()
    assert (codes[:, 3:7].sum(dim=1) == 1).all()
    assert codes[:, :3].mean(dim=0).sub(1 / 3).abs().max() < 0.03
    assert codes[:, 7:].min() >= -1
    assert codes[:, 7:].max() <= 1
    assert codes[:, 7:].var().item() == pytest.approx(1 / 3, abs=0.02)
    assert space.entropy_nats == pytest.approx(math.log(12) + 2 * math.log(2))
    assert torch.equal(codes, space.draw(4000, generator=torch.Generator().manual_seed(0)))


def test_log_prob_is_that_of_the_distributions() -> None:
    space = CodeSpace((3,), 2)
    params, codes = torch.randn(6, space.num_params), space.draw(6)
    params[:, 5:].abs_()  # log-variances above the least one
    categorical = torch.distributions.Categorical(logits=params[:, :3])
    normal = torch.distributions.Normal(params[:, 3:5], (0.5 * params[:, 5:]).exp())
    expected = categorical.log_prob(codes[:, :3].argmax(1)) + normal.log_prob(codes[:, 3:]).sum(1)
    torch.testing.assert_close(space.log_prob(params, codes), expected)


def test_the_bound_is_the_information_for_the_posterior_and_less_for_others() -> None:
    # A channel: the symbol x repeats c with 0.7, else is one of the two others. I(c; x) is known.
    channel = torch.full((3, 3), 0.15)
    channel.fill_diagonal_(0.7)
    information = math.log(3) + (channel[0] * channel[0].log()).sum().item()
    space = CodeSpace((3,), 0)
    generator = torch.Generator().manual_seed(1)
    codes = space.draw(60_000, generator=generator)
    seen = torch.multinomial(channel[codes.argmax(1)], 1, generator=generator)[:, 0]
    exact = space.bound_nats(channel.log()[seen], codes).item()
    assert exact == pytest.approx(information, abs=0.01)
    assert space.bound_nats((3 * channel).log()[seen] * 2.0, codes).item() < exact - 0.02
    assert space.bound_nats(torch.zeros(60_000, 3), codes).item() == pytest.approx(0, abs=1e-5)


def test_the_bound_never_passes_the_entropy() -> None:
    space = CodeSpace((4, 2), 0)
    for scale in (0.1, 3.0, 100.0):
        codes = space.draw(50)
        assert space.bound_nats(scale * torch.randn(50, 6), codes) <= space.entropy_nats
    codes = space.draw(50)
    sure = space.bound_nats(1000.0 * codes, codes).item()
    assert sure == pytest.approx(space.entropy_nats)
    assert space.recovered(codes, codes) == 1


def test_no_number_is_read_too_surely() -> None:
    space = CodeSpace((), 1)
    sure = torch.tensor([[0.5, -20.0], [0.5, -1.0]])
    surest = space.log_prob(sure, torch.full((2, 1), 0.5))
    assert surest[0] == surest[1] == pytest.approx(0.5 - 0.5 * math.log(2 * math.pi))


def test_codes_need_parts() -> None:
    for parts in (((), 0), ((1,), 2), ((3,), -1)):
        with pytest.raises(ValueError, match="code"):
            CodeSpace(*parts)
