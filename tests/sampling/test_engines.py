"""Every engine draws what the reference draws, under one noise, and what it draws is the model."""

from __future__ import annotations

import itertools

import pytest
import torch

from speechgen.models.wavenet.conditions import Conditions, batch_conditions
from speechgen.sampling.condition_window import ConditionWindow
from speechgen.sampling.protocol import Start
from speechgen.sampling.reference import next_params

from .agreement import (
    CONDITIONS,
    OUTPUTS,
    SIZES,
    assert_engine_agrees,
    conditions_of,
    drawn,
    noise_for,
    wavenet,
)

FAST = ["cached", "numba"]  # engines beside the reference that run on any processor
EVERY = ["reference", *FAST]


@pytest.mark.parametrize("engine", FAST)
@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("kernel", [2, 3])
def test_engine_agrees_with_the_reference(engine, kernel, sizes):
    model = wavenet(kernel_size=kernel, **sizes)
    lengths = [73, 100, 31]  # longer than the receptive field, which is 32 or 63
    conditions = conditions_of(model, lengths)
    noise = torch.rand(3, 100)
    symbols = assert_engine_agrees(model, conditions, lengths, noise, engine, chunk_samples=23)
    assert symbols.shape == (3, 100)
    assert len(symbols.unique()) > 5


@pytest.mark.parametrize("engine", FAST)
@pytest.mark.parametrize("primed", [0, 1, 29, 200])
@pytest.mark.parametrize("kernel", [2, 3])
def test_engine_agrees_after_priming(engine, kernel, primed):
    model = wavenet(kernel_size=kernel, preemphasis=0.5, **CONDITIONS)
    lengths = [37, 60]
    conditions = conditions_of(model, [primed + length for length in lengths])
    prime = 0.3 * torch.randn(2, primed) if primed else None
    noise = torch.rand(2, 60)
    assert_engine_agrees(model, conditions, lengths, noise, engine, chunk_samples=17, prime=prime)


@pytest.mark.parametrize("engine", FAST)
@pytest.mark.parametrize("output", OUTPUTS, ids=lambda output: "-".join(map(str, output.values())))
def test_engine_agrees_for_every_output(engine, output):
    model = wavenet(**CONDITIONS, **output)
    lengths = [60, 33, 48, 7, 60]
    conditions = conditions_of(model, lengths)
    assert_engine_agrees(
        model, conditions, lengths, noise_for(model, 5, 60), engine, chunk_samples=13,
        temperature=0.8,
    )  # fmt: skip


@pytest.mark.parametrize("sizes", [{}, CONDITIONS])
def test_the_references_window_holds_all_that_matters(sizes):
    model = wavenet(kernel_size=2, **sizes).double()
    symbols = torch.randint(0, 32, (1, 60))
    (conditions,) = conditions_of(model, [60])
    conditions = Conditions(*(v if v is None else v.double() for v in vars(conditions).values()))
    window = ConditionWindow(model, [conditions], [60])
    with torch.no_grad():
        whole = model(symbols, conditions)
        for t in range(60):
            past = symbols[:, max(0, t - model.receptive_field) : t]
            params = next_params(model, window, past, t)
            assert torch.allclose(params, whole[:, :, t], atol=1e-12)


@pytest.mark.parametrize("kernel", [2, 3])
@pytest.mark.parametrize("output", OUTPUTS[1:3])
@pytest.mark.parametrize("time", [1, 2, 20, 100])
def test_priming_in_one_pass_equals_stepping_through(kernel, output, time):
    model = wavenet(kernel_size=kernel, **CONDITIONS, **output).double()
    (conditions,) = conditions_of(model, [time])
    conditions = Conditions(conditions.local.double(), conditions.speaker.double())
    symbols = model.encode(0.4 * torch.randn(1, time, dtype=torch.float64))
    with torch.inference_mode():
        window = ConditionWindow(model, [conditions], [time])
        primed = Start(symbols, time).state(model, window)
        state, previous = model.initial_state(1), torch.full((1,), model.initial_symbol)
        prepared = model.prepare_conditions(conditions, time)
        for t in range(time):
            frame = prepared.frame(t // model.hop_samples)
            _, state = model.step(previous, state, frame[t % model.hop_samples])
            previous = symbols[:, t]
    for one, other in zip(state.blocks, primed.blocks, strict=True):
        assert torch.allclose(one.in_order(), other.in_order(), atol=1e-12)
    assert torch.equal(state.symbols.in_order(), primed.symbols.in_order())


def test_frames_in_a_window_are_those_of_the_whole():
    model = wavenet(**CONDITIONS).double()
    lengths = [100, 31]
    parts = [
        Conditions(part.local.double(), part.speaker.double())
        for part in conditions_of(model, lengths)
    ]
    window = ConditionWindow(model, parts, lengths)
    whole = [model.prepare_conditions(part, n).taps for part, n in zip(parts, lengths, strict=True)]
    for first, last in ((0, 1), (1, 2), (3, 9), (7, 8), (0, 20), (19, 20), (2, 4)):
        found = window.frames(first, last).taps
        assert torch.allclose(found[:, :1], whole[0][:, :, first:last], atol=1e-12)
        there = whole[1][:, :, first:last]
        assert torch.allclose(found[:, 1:, : there.shape[2]], there, atol=1e-12)
        assert not found[:, 1:, there.shape[2] :].any()


def test_padding_of_a_batch_is_not_looked_at():
    model = wavenet(**CONDITIONS)
    parts = conditions_of(model, [37, 60])
    noise = torch.rand(2, 60)
    padded = drawn(model, batch_conditions(parts), num_samples=[37, 60], noise=noise)
    apart = drawn(model, parts, num_samples=[37, 60], noise=noise)
    assert torch.equal(padded[0, :37], apart[0, :37])
    assert torch.equal(padded[1], apart[1])


@pytest.mark.parametrize("engine", EVERY)
def test_draws_follow_the_exact_distribution_of_sequences(engine):
    """Chi-square over all 27 sequences of three ternary samples, against their probabilities."""
    model = wavenet(classes=3, kernel_size=2)
    symbols = torch.tensor(list(itertools.product(range(3), repeat=3)))
    with torch.no_grad():
        nats = model.likelihood.log_prob(model(symbols), symbols).sum(dim=1)
    wanted = nats.exp()
    assert wanted.max() > 2 * wanted.min()
    count = 4000
    noise = torch.rand(count, 3)
    found = drawn(model, None, num_samples=[3] * count, noise=noise, engine=engine)
    codes = found @ torch.tensor([9, 3, 1])
    observed = torch.bincount(codes, minlength=27)
    expected = wanted * count
    statistic = ((observed - expected) ** 2 / expected).sum().item()
    assert statistic < 54.1  # the 0.999 quantile of chi-square with 26 degrees of freedom


@pytest.mark.parametrize("engine", EVERY)
def test_an_utterance_is_the_same_alone_and_in_company(engine):
    model = wavenet(**CONDITIONS)
    lengths = [37, 60, 8]
    conditions = conditions_of(model, lengths)
    together = drawn(model, conditions, num_samples=lengths, seed=5, engine=engine)
    alone = drawn(model, conditions[:1], num_samples=37, seed=5, engine=engine)
    assert torch.equal(together[0, :37], alone[0])


@pytest.mark.parametrize("engine", EVERY)
def test_changed_weights_are_seen_by_the_next_stream(engine):
    model, other = wavenet(**CONDITIONS), wavenet(**CONDITIONS)
    conditions = conditions_of(model, [50])
    noise = torch.rand(1, 50)
    before = drawn(model, conditions, num_samples=50, noise=noise, engine=engine)
    model.load_state_dict(other.state_dict())
    loaded = drawn(model, conditions, num_samples=50, noise=noise, engine=engine)
    assert not torch.equal(before, loaded)
    if engine != "reference":
        assert_engine_agrees(model, conditions, [50], noise, engine, chunk_samples=50)
    for parameter in model.parameters():
        parameter.data.mul_(0.5)  # leaves no trace in the tensors' version counters
    halved = drawn(model, conditions, num_samples=50, noise=noise, engine=engine)
    assert not torch.equal(loaded, halved)
    if engine != "reference":
        assert_engine_agrees(model, conditions, [50], noise, engine, chunk_samples=49)


def test_the_cost_of_a_step_does_not_grow_with_time():
    """The cached sampler keeps as many slots as the dilations need, whatever the time."""
    from speechgen.sampling.cached import CachedSampler

    model = wavenet(kernel_size=3)
    with torch.inference_mode():
        window = ConditionWindow(model, [Conditions()] * 2, [50, 50])
        sampler = CachedSampler(model, window, Start.nothing(model, 2), 1.0)
        slots = [len(layer.slots) for layer in sampler.layers]
        sampler.draw(torch.rand(2, 50))
    assert slots == model.dilations
    assert [len(layer.slots) for layer in sampler.layers] == slots
    assert len(sampler.recent) == 3
