"""The input a lag ago: strict, equal step by step, and nothing where there is no lag."""

from __future__ import annotations

import pytest
import torch

from speechgen.causal import LaggedInput
from speechgen.likelihood import likelihood_named

KINDS = ["mu_law", "gaussian", "logistic_mixture"]


def lagged(kind: str, taps: int = 3) -> LaggedInput:
    return LaggedInput(likelihood_named(kind, classes=16, mixtures=2, bits=8), 5, taps, 12)


def symbols_for(module: LaggedInput, batch: int, time: int) -> torch.Tensor:
    return module.likelihood.encode(torch.rand(batch, time) * 1.6 - 0.8)


def random_lags(module: LaggedInput, batch: int, time: int) -> torch.Tensor:
    lags = torch.randint(module.min_lag, module.max_lag + 1, (batch, time))
    return lags * (torch.rand(batch, time) > 0.3)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("taps", [1, 3, 5])
def test_steps_give_what_the_whole_gives(kind: str, taps: int) -> None:
    module = lagged(kind, taps)
    symbols, lags = symbols_for(module, 2, 40), random_lags(module, 2, 40)
    whole = module(symbols, lags)
    state, found = module.initial_state(2), []
    for time in range(40):
        found.append(module.step(state, lags[:, time]))
        state.push(symbols[:, time])
    torch.testing.assert_close(torch.stack(found, dim=2), whole)


@pytest.mark.parametrize("kind", KINDS)
def test_each_tap_sees_the_one_sample_it_should(kind: str) -> None:
    """Sample t depends on those at t - lag - 1 to t - lag + 1, and on no other."""
    module = lagged(kind)
    symbols, lags = symbols_for(module, 1, 30), torch.full((1, 30), 7)
    before = module(symbols, lags)
    for changed in (0, 4, 15):
        other = symbols.clone()
        other[0, changed] = module.likelihood.encode(torch.tensor(-0.9))
        if torch.equal(other, symbols):
            other[0, changed] = module.likelihood.encode(torch.tensor(0.9))
        differs = (module(other, lags) != before).any(dim=1)[0].nonzero().flatten().tolist()
        assert differs == [changed + 6, changed + 7, changed + 8]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_without_a_lag_and_before_the_beginning(kind: str) -> None:
    module = lagged(kind)
    symbols = symbols_for(module, 1, 20)
    assert not module(symbols, torch.zeros(1, 20, dtype=torch.long)).any()
    found = module(symbols, torch.full((1, 20), 9))
    assert not found[:, :, :8].any() and found[:, :, 10:].any()


def test_the_shortest_lag_is_strict() -> None:
    module = lagged("gaussian")
    wave = torch.randn(1, 20, requires_grad=True)
    out = module(wave, torch.full((1, 20), module.min_lag))
    for time in range(20):
        (gradient,) = torch.autograd.grad(out[:, :, time].sum(), wave, retain_graph=True)
        assert not gradient[0, time:].any()
