"""The input a pitch period ago is the same in every engine, however samples are divided."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from speechgen.models.wavenet.conditions import Conditions
from speechgen.sampling import sample, sample_symbols
from speechgen.sampling.compiled import loop, utterance
from speechgen.sampling.cuda import triton_engine
from speechgen.sampling.engines import ENGINES

from .agreement import assert_engine_agrees, drawn, noise_for, wavenet
from .test_pace import Whim

OUTPUTS = [
    {"classes": 32},
    {"output": "gaussian"},
    {"output": "logistic_mixture", "mixtures": 3, "bits": 8},
]
PITCHED = {"local_features": 4, "hop_samples": 5, "pitch_lag_taps": 3, "sample_rate": 1000}


@pytest.fixture(autouse=True)
def _step_by_name(monkeypatch):
    """What the engine "cuda_graph" records, called sample by sample."""
    monkeypatch.setitem(ENGINES, "static_step", "speechgen.sampling.cuda.cuda_graph:StepSampler")


def melodies(model, lengths):
    """Conditions whose periods go up and down between 4 and 12 samples, with unvoiced frames."""
    found = []
    for length in lengths:
        frames = -(-length // model.hop_samples)
        local = torch.randn(1, model.local_features, frames)
        local[:, -2] = 0.9 * torch.sin(torch.arange(frames) * 0.9 + length)
        local[:, -1] = (torch.rand(frames) > 0.3).float()
        found.append(Conditions(local))
    return found


@pytest.mark.parametrize("output", OUTPUTS, ids=lambda output: output.get("output", "mu_law"))
@pytest.mark.parametrize("engine", ["cached", "numba", "static_step"])
def test_engines_agree(engine, output):
    model = wavenet(**PITCHED, **output)
    lengths = [60, 37, 55]
    conditions = melodies(model, lengths)
    lags = model.prepare_conditions(conditions[0], 60).lags(model.lagged)
    assert len(lags.unique()) > 4 and (lags == 0).any()
    noise = noise_for(model, 3, 60)
    assert_engine_agrees(model, conditions, lengths, noise, engine, chunk_samples=17)


@pytest.mark.parametrize("output", OUTPUTS[:2], ids=["mu_law", "gaussian"])
def test_the_kernel_for_gpus_agrees(output):
    pytest.importorskip("triton", reason="the package triton is not installed")
    if not triton_engine.interpreted():
        pytest.skip("there is a GPU: tests/gpu runs the kernel itself")
    model = wavenet(stacks=1, layers_per_stack=2, **PITCHED, **output)
    conditions, noise = melodies(model, [33, 21]), noise_for(model, 2, 33)
    assert_engine_agrees(model, conditions, [33, 21], noise, "triton", chunk_samples=10)


@pytest.mark.parametrize("engine", ["cached", "numba", "static_step"])
def test_a_primed_utterance_hears_what_it_was_primed_with(engine):
    model = wavenet(**PITCHED, classes=32)
    conditions, prime = melodies(model, [61]), 0.3 * torch.randn(1, 23)
    noise = noise_for(model, 1, 38)
    assert_engine_agrees(model, conditions, [38], noise, engine, chunk_samples=9, prime=prime)


@pytest.mark.parametrize("engine", ["numba", "numba_bf16", "numba_int8"])
def test_threads_come_and_go_without_a_trace(monkeypatch, engine):
    model = wavenet(gate_channels=72, **PITCHED)
    conditions, noise = melodies(model, [300]), torch.rand(1, 300)
    settings = {"num_samples": 300, "noise": noise, "engine": engine, "chunk_samples": 71}
    monkeypatch.setattr(utterance, "Pace", Whim)
    monkeypatch.setattr(Whim, "together", 0)
    monkeypatch.setattr(utterance.UtteranceDrawer, "patience", 10**9)
    torch.set_num_threads(2)
    found = []
    try:
        for seed, share in enumerate((0.0, 1.0, 0.5, 0.5)):
            monkeypatch.setattr(Whim, "share", share, raising=False)
            monkeypatch.setattr(Whim, "seed", seed, raising=False)
            found.append(drawn(model, conditions, **settings))
    finally:
        torch.set_num_threads(1)
    assert Whim.together > 10
    assert all(torch.equal(found[0], other) for other in found[1:])


@pytest.mark.parametrize("engine", ["numba", "numba_int8"])
def test_a_batch_is_what_each_utterance_is_by_itself(engine):
    model = wavenet(**PITCHED)
    lengths = [150, 37, 149, 90, 12, 150, 101, 64, 33, 140, 1]
    conditions, noise = melodies(model, lengths), torch.rand(11, 150)
    settings = {"engine": engine, "chunk_samples": 71}
    together = drawn(model, conditions, num_samples=lengths, noise=noise, **settings)
    for row, length in enumerate(lengths):
        own = {"num_samples": [length], "noise": noise[row : row + 1, :length], **settings}
        assert torch.equal(drawn(model, [conditions[row]], **own)[0], together[row, :length])


@pytest.mark.parametrize("engine", ["cached", "numba", "static_step"])
def test_a_stream_goes_on_where_it_left_off(engine):
    model = wavenet(**PITCHED)
    conditions, noise = melodies(model, [120]), torch.rand(1, 120)
    whole = drawn(model, conditions, num_samples=120, noise=noise, engine=engine)
    for size in (1, 7, 64):
        parts = sample_symbols(
            model, conditions, num_samples=120, noise=noise, engine=engine, chunk_samples=size
        )
        assert torch.equal(torch.cat(list(parts), dim=1), whole)


@pytest.mark.parametrize("engine", ["cached", "numba", "static_step"])
def test_a_stream_is_taken_up_again_within_a_frame(engine):
    """The layers' past is computed anew from symbols whose first lies within a frame."""
    model = wavenet(**PITCHED)
    conditions, noise = melodies(model, [120]), torch.rand(1, 120)
    settings = {"num_samples": 120, "noise": noise, "engine": engine}
    whole = drawn(model, conditions, **settings)
    for after in (82, 84):
        assert (after - model.receptive_field) % model.hop_samples and after > model.receptive_field
        first = sample(model, conditions, **settings)
        first.read_symbols(after)
        rest = sample(model, conditions, state=first.state(), **settings).symbols()
        assert torch.equal(torch.cat(list(rest), dim=1), whole[:, after:])


def test_the_lag_matters_and_a_wrong_one_is_seen():
    """What the tests above rest on: a period off by one sample changes what is drawn."""
    model = wavenet(**PITCHED)
    conditions, noise = melodies(model, [120]), torch.rand(1, 120)
    right = drawn(model, conditions, num_samples=120, noise=noise, engine="numba")
    window = model.prepare_conditions(conditions[0], 120)
    longer = dataclasses.replace(window, periods=window.periods + (window.periods > 0))
    symbols = right[:, :-1]
    with torch.no_grad():
        before, after = model(symbols, window), model(symbols, longer)
    assert not torch.allclose(before, after, atol=1e-3)
    assert loop.Shape.__annotations__["lag_taps"]
