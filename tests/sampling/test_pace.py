"""One thread or several: no sample depends on it, and help is asked for where it pays."""

from __future__ import annotations

import random
import time

import pytest
import torch

from speechgen.sampling import sample_symbols
from speechgen.sampling.compiled import batch, utterance
from speechgen.sampling.compiled.pace import Pace

from .agreement import CONDITIONS, assert_engine_agrees, conditions_of, drawn, wavenet


@pytest.fixture
def two_threads():
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(1)


class Whim(Pace):
    """Asks and sends away at random, after a few samples."""

    together = 0  # pieces

    def __init__(self) -> None:
        super().__init__()
        self.chance = random.Random(self.seed)

    def piece(self) -> int:
        time.sleep(0.0003)  # for a probe to end
        return self.chance.randint(1, 9)

    piece_together = piece

    def asks(self, samples: int) -> bool:
        return self.chance.random() < self.share

    def asked(self, seconds: float) -> None:
        time.sleep(0.005)  # until the others are there

    def helped(self, samples: int, seconds: float, *, late: bool = False) -> bool:
        Whim.together += samples > 0
        return not late and self.chance.random() < self.share


@pytest.mark.parametrize("engine", ["numba", "numba_bf16", "numba_int8"])
@pytest.mark.parametrize("kernel", [1, 3])
def test_threads_come_and_go_without_a_trace(two_threads, monkeypatch, engine, kernel):
    model = wavenet(kernel_size=kernel, gate_channels=72, **CONDITIONS)
    conditions, noise = conditions_of(model, [300]), torch.rand(1, 300)
    monkeypatch.setattr(utterance, "Pace", Whim)

    def found(share: float, patience: int, seed: int = 0) -> torch.Tensor:
        monkeypatch.setattr(Whim, "share", share, raising=False)
        monkeypatch.setattr(Whim, "seed", seed, raising=False)
        monkeypatch.setattr(Whim, "together", 0)
        monkeypatch.setattr(utterance.UtteranceDrawer, "patience", patience)
        settings = {"noise": noise, "engine": engine, "chunk_samples": 71}
        return drawn(model, conditions, num_samples=300, **settings)

    alone = found(0.0, 10**9)
    assert Whim.together == 0
    assert torch.equal(found(1.0, 10**9), alone)
    assert Whim.together > 20
    for seed in range(4):
        assert torch.equal(found(0.5, 10**9, seed), alone)
        assert Whim.together > 2
    assert torch.equal(found(0.7, 1), alone)  # where a nanosecond is too late


def test_switching_is_exact_for_the_reference_too(two_threads, monkeypatch):
    monkeypatch.setattr(utterance, "Pace", Whim)
    monkeypatch.setattr(Whim, "share", 0.6, raising=False)
    monkeypatch.setattr(Whim, "seed", 1, raising=False)
    model = wavenet(gate_channels=72, **CONDITIONS)
    conditions, noise = conditions_of(model, [161]), torch.rand(1, 120)
    prime = 0.2 * torch.randn(1, 41)
    assert_engine_agrees(model, conditions, [120], noise, "numba", chunk_samples=51, prime=prime)


@pytest.mark.parametrize("engine", ["numba", "numba_int8"])
def test_a_batch_is_regrouped_without_a_trace(two_threads, monkeypatch, engine):
    model = wavenet(**CONDITIONS)
    lengths = [150, 37, 149, 90, 12, 150, 101, 64, 33, 140, 1]
    conditions, noise = conditions_of(model, lengths), torch.rand(11, 150)
    monkeypatch.setattr(Whim, "seed", 3, raising=False)
    settings = {"noise": noise, "engine": engine, "chunk_samples": 71}
    torch.set_num_threads(1)
    alone = drawn(model, conditions, num_samples=lengths, **settings)
    torch.set_num_threads(2)
    monkeypatch.setattr(batch, "Pace", Whim)
    monkeypatch.setattr(batch.BatchDrawer, "enough", 0.0)  # of a core, on a machine that is busy
    monkeypatch.setattr(Whim, "together", 0)
    for share in (1.0, 0.5, 0.2):
        monkeypatch.setattr(Whim, "share", share, raising=False)
        both = drawn(model, conditions, num_samples=lengths, **settings)
        for row, length in enumerate(lengths):
            assert torch.equal(both[row, :length], alone[row, :length])
    assert Whim.together > 5


def test_a_dropped_stream_lets_its_helpers_go(two_threads, monkeypatch):
    monkeypatch.setattr(utterance, "Pace", Whim)
    monkeypatch.setattr(Whim, "share", 1.0, raising=False)
    monkeypatch.setattr(Whim, "seed", 0, raising=False)
    model = wavenet(gate_channels=72)
    first = sample_symbols(model, num_samples=200, seed=0, engine="numba", chunk_samples=50)
    one = next(first)
    del first
    again = sample_symbols(model, num_samples=200, seed=0, engine="numba", chunk_samples=50)
    assert torch.equal(next(again), one)
    assert len(torch.cat(list(again), dim=1)[0]) == 150


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_help_is_asked_for_where_it_pays_and_rarely_where_it_does_not():
    clock = Clock()
    pace = Pace(clock)
    assert not pace.asks(10**6)  # one thread's speed is not known yet
    pace.drew_alone(100, 0.01)
    assert pace.asks(10**6) and not pace.asks(3)
    lost = spent = 0.0
    while clock.now < 20.0:  # others are always late
        if pace.asks(10**6):
            pace.asked(0.0001)
            assert not pace.helped(2, 0.001, late=True)
            lost += 0.0009
            clock.now += 0.0011
        pace.drew_alone(pace.piece(), 0.0001 * pace.piece())
        clock.now += 0.01
        spent += 0.01
    assert lost < 0.005 * spent
    clock.now += 2.0  # it is quiet again
    assert pace.asks(10**6)
    pace.asked(0.0001)
    assert all(pace.helped(200, 0.012) for _ in range(10))
    assert not pace.helped(150, 0.012, late=True)  # but it has paid: asked again at once
    clock.now += 0.002
    assert pace.asks(10**6)
    assert not pace.helped(100, 0.0101)  # slower than alone
