"""Every engine draws what the reference draws, under one noise, and what it draws is the model."""

from __future__ import annotations

import itertools

import pytest
import torch

from speechgen.models.conditions import Conditions, batch_conditions
from speechgen.models.wavenet import WaveNet
from speechgen.sampling import ENGINES, sample_symbols
from speechgen.sampling.reference import next_params

CONDITIONS = {"local_features": 3, "hop_samples": 5, "speaker_features": 4}
SIZES = [{}, {"speaker_features": 4}, {"local_features": 3, "hop_samples": 5}, CONDITIONS]
EDGE = 1e-5


def wavenet(**arguments):
    small = {
        "stacks": 2,
        "layers_per_stack": 4,
        "residual_channels": 6,
        "gate_channels": 8,
        "skip_channels": 10,
        "classes": 32,
    }
    model = WaveNet(**{**small, **arguments}).eval()
    with torch.no_grad():
        for parameter in model.parameters():  # so that biases matter and draws depend on the past
            parameter.add_(0.2 * torch.randn_like(parameter))
    return model


def conditions_of(model, lengths):
    def values(*shape):
        return torch.randn(*shape) if shape[1] else None

    hop = model.hop_samples or 1
    return [
        Conditions(
            values(1, model.local_features, -(-length // hop)), values(1, model.speaker_features)
        )
        for length in lengths
    ]


def drawn(model, conditions, **arguments):
    return torch.cat(list(sample_symbols(model, conditions, **arguments)), dim=1)


def assert_same_draws(model, conditions, noise, first, second, lengths, temperature=1.0):
    """Equal symbols; after a uniform at the very edge of an interval, all may differ."""
    for row, length in enumerate(lengths):
        differ = torch.nonzero(first[row, :length] != second[row, :length]).flatten()
        if not len(differ):
            continue
        t = int(differ[0])
        params = model(first[row : row + 1, : t + 1], conditions[row])[:, :, t]
        edges = model.likelihood.cumulative(params, temperature)[0]
        gap = (edges - noise[row, t]).abs().min()
        assert gap < EDGE, f"utterance {row} differs at sample {t}, {gap:.1e} from any edge"


@pytest.mark.parametrize("engine", sorted(set(ENGINES) - {"reference"}))
@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("kernel", [2, 3])
def test_engine_agrees_with_the_reference(engine, kernel, sizes):
    model = wavenet(kernel_size=kernel, **sizes)
    lengths = [73, 100, 31]  # longer than the receptive field, which is 32 or 63
    conditions = conditions_of(model, lengths)
    noise = torch.rand(3, 100)
    both = [
        drawn(model, conditions, num_samples=lengths, noise=noise, engine=name, chunk_samples=chunk)
        for name, chunk in (("reference", 100), (engine, 23))
    ]
    assert both[0].shape == (3, 100)
    assert len(both[0].unique()) > 5
    assert_same_draws(model, conditions, noise, *both, lengths)


@pytest.mark.parametrize("sizes", [{}, CONDITIONS])
def test_the_references_window_holds_all_that_matters(sizes):
    model = wavenet(kernel_size=2, **sizes).double()
    symbols = torch.randint(0, 32, (1, 60))
    (conditions,) = conditions_of(model, [60])
    conditions = Conditions(*(v if v is None else v.double() for v in vars(conditions).values()))
    with torch.no_grad():
        prepared = model.prepare_conditions(conditions, 60)
        whole = model(symbols, conditions)
        for t in range(60):
            assert torch.allclose(
                next_params(model, prepared, symbols[:, :t]), whole[:, :, t], atol=1e-12
            )


def test_padding_of_a_batch_is_not_looked_at():
    model = wavenet(**CONDITIONS)
    parts = conditions_of(model, [37, 60])
    noise = torch.rand(2, 60)
    padded = drawn(model, batch_conditions(parts), num_samples=[37, 60], noise=noise)
    apart = drawn(model, parts, num_samples=[37, 60], noise=noise)
    assert torch.equal(padded[0, :37], apart[0, :37])
    assert torch.equal(padded[1], apart[1])


@pytest.mark.parametrize("engine", sorted(set(ENGINES) - {"reference"}))
def test_engine_agrees_at_another_temperature(engine):
    model = wavenet(**CONDITIONS)
    conditions = conditions_of(model, [60])
    noise = torch.rand(1, 60)
    both = [
        drawn(model, conditions, num_samples=60, noise=noise, engine=name, temperature=0.7)
        for name in ("reference", engine)
    ]
    assert_same_draws(model, conditions, noise, *both, [60], 0.7)


@pytest.mark.parametrize("engine", sorted(ENGINES))
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


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_an_utterance_is_the_same_alone_and_in_company(engine):
    model = wavenet(**CONDITIONS)
    lengths = [37, 60, 8]
    conditions = conditions_of(model, lengths)
    together = drawn(model, conditions, num_samples=lengths, seed=5, engine=engine)
    alone = drawn(model, conditions[:1], num_samples=37, seed=5, engine=engine)
    assert torch.equal(together[0, :37], alone[0])


def test_the_cost_of_a_step_does_not_grow_with_time():
    """The cached sampler keeps as many slots as the dilations need, whatever the time."""
    from speechgen.sampling.cached import CachedSampler

    model = wavenet(kernel_size=3)
    with torch.inference_mode():
        sampler = CachedSampler(model, model.prepare_conditions(None, 1), 2, 1.0)
        slots = [len(layer.slots) for layer in sampler.layers]
        for _ in range(50):
            sampler.step(torch.rand(2))
    assert slots == model.dilations
    assert [len(layer.slots) for layer in sampler.layers] == slots
    assert len(sampler.recent) == 3
