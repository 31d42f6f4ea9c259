"""Streams: any cuts, any pauses, any engine to go on with, and no work that nobody asked for."""

from __future__ import annotations

import pytest
import torch

from speechgen.errors import ConfigError
from speechgen.sampling import sample

from .agreement import CONDITIONS, conditions_of, wavenet


@pytest.fixture
def model():
    return wavenet(kernel_size=3, preemphasis=0.7, **CONDITIONS)


def test_any_cuts_give_the_same_waveform(model):
    conditions = conditions_of(model, [90, 61])
    whole = torch.cat(list(sample(model, conditions, num_samples=[90, 61], seed=3)), dim=1)
    stream = sample(model, conditions, num_samples=[90, 61], seed=3)
    parts = [stream.read(count) for count in (1, 4, 5, 6, 31, 43, 99)]
    assert [part.shape[1] for part in parts] == [1, 4, 5, 6, 31, 43, 0]
    assert torch.allclose(torch.cat(parts, dim=1), whole, atol=1e-6)
    assert stream.remaining == 0 and stream.position == 90
    assert list(stream) == []


@pytest.mark.parametrize("at", [0, 1, 20, 77])
@pytest.mark.parametrize("given", ["seed", "noise", "prime"])
@pytest.mark.parametrize("engines", [("cached", "reference"), ("reference", "cached")])
def test_a_stream_is_resumed_by_another_engine(model, at, given, engines):
    prime = 0.2 * torch.randn(2, 33) if given == "prime" else None
    length = 90 + (33 if given == "prime" else 0)
    arguments = {
        "conditions": conditions_of(model, [length, length]),
        "num_samples": 90,
        "prime": prime,
        **({"noise": torch.rand(2, 90)} if given == "noise" else {"seed": 4}),
    }
    whole = torch.cat(list(sample(model, engine=engines[0], **arguments)), dim=1)
    first = sample(model, engine=engines[0], **arguments)
    begun = first.read(at)
    rest = sample(model, engine=engines[1], state=first.state(), **arguments)
    joined = torch.cat([begun, *rest], dim=1)
    assert torch.allclose(joined, whole, atol=1e-6)


def test_a_state_of_another_length_is_refused(model):
    conditions = conditions_of(model, [90])
    stream = sample(model, conditions, num_samples=90, seed=0)
    stream.read(10)
    with pytest.raises(ConfigError, match="state is that of 90 samples, not of 80"):
        sample(model, conditions, num_samples=80, seed=0, state=stream.state())


def test_nothing_is_drawn_before_it_is_asked_for_and_the_state_stays_small(model):
    conditions = conditions_of(model, [10**6])
    stream = sample(model, conditions, num_samples=10**6, seed=0, chunk_samples=50)
    for _ in range(3):
        next(stream)
    assert stream.position == 150
    assert stream.state().symbols.shape == (1, model.receptive_field)


def test_conditions_are_projected_a_few_frames_at_a_time(model):
    conditions = conditions_of(model, [5000])
    stream = sample(model, conditions, num_samples=5000, seed=0)
    seen = []
    original = model.conditioning.window
    model.conditioning.window = lambda part, first, last: (
        seen.append(last - first) or original(part, first, last)
    )
    stream.read(200)
    assert sum(seen) < 100  # of 1000 frames
    assert max(seen) <= 64


@pytest.mark.parametrize(
    ("prime", "word"),
    [
        (torch.zeros(1, 5), r"\(2, time\)"),
        (torch.zeros(2, 0), r"\(2, time\)"),
        (torch.zeros(2, 1, 5), r"\(2, time\)"),
        (torch.full((2, 5), float("nan")), "NaN"),
    ],
)
def test_bad_priming_is_named(model, prime, word):
    with pytest.raises(ConfigError, match=word):
        sample(model, conditions_of(model, [20, 20]), num_samples=10, prime=prime)
