"""T0 in every engine, against sequences worked out by hand.

The network drawn from here says again what it said a pitch period ago, and where there is nothing
to repeat (no voice, or no past yet) it has no opinion and the noise decides: so what it must draw
can be written down without any engine. At 1000 Hz a voice of 125 Hz has a period of 8 samples:
noise that would spell ``abcdefghij...`` gives ``abcdefghabcdefgh...``.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import pytest
import torch

from speechgen.features.pitch_rows import pitch_rows
from speechgen.models.wavenet.conditions import Conditions
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.sampling import sample
from speechgen.sampling.compiled import batch, utterance
from speechgen.sampling.condition_window import ConditionWindow
from speechgen.sampling.cuda import triton_engine
from speechgen.sampling.engines import ENGINES

from .agreement import drawn
from .test_pace import Whim

Amount = TypeVar("Amount", int, list)

RATE, HOP, CLASSES = 1000, 5, 8
THREADS = "numba on two threads"
ALL = ["reference", "cached", "numba", "numba_bf16", "numba_int8", THREADS, "static_step", "triton"]
BATCHES = [name for name in ALL if name != "numba_bf16"]
PERIODS = {125.0: 8, 100.0: 10, 118.0: 8, 117.0: 9}  # 118 Hz: 8.47 samples, 117 Hz: 8.55


@pytest.fixture
def engine(request, monkeypatch):
    """The name of an engine, ready to be used here."""
    name = request.param
    monkeypatch.setitem(ENGINES, "static_step", "speechgen.sampling.cuda.cuda_graph:StepSampler")
    if name == "triton":
        pytest.importorskip("triton", reason="the package triton is not installed")
        if not triton_engine.interpreted():
            pytest.skip("there is a GPU: tests/gpu runs the kernel itself")
    if name != THREADS:
        yield name
        return
    for place in (utterance, batch):
        monkeypatch.setattr(place, "Pace", Whim)
    for attribute, value in (("share", 0.7), ("seed", 1), ("together", 0)):
        monkeypatch.setattr(Whim, attribute, value, raising=False)
    monkeypatch.setattr(utterance.UtteranceDrawer, "patience", 10**9)
    monkeypatch.setattr(batch.BatchDrawer, "enough", 0.0)
    torch.set_num_threads(2)
    yield "numba"
    torch.set_num_threads(1)


in_every_engine = pytest.mark.parametrize("engine", ALL, indirect=True)
in_both_outputs = pytest.mark.parametrize("output", ["mu_law", "gaussian"])


def each_with(name: str, values: list, for_triton: Any) -> pytest.MarkDecorator:
    """Every engine with every value of an argument; Triton's interpreter with one of them."""
    pairs = [(engine, value) for engine in ALL[:-1] for value in values]
    pairs.append(("triton", for_triton))
    return pytest.mark.parametrize(("engine", name), pairs, indirect=["engine"])


def enough(engine: str, samples: Amount, few: Amount) -> Amount:
    """How many samples are drawn: ``few`` where each takes 50 ms, in Triton's interpreter."""
    return few if engine == "triton" else samples


@torch.no_grad()
def echo(output: str = "mu_law") -> WaveNet:
    """Says again what was said a period ago: the class, or the sign of the value."""
    model = WaveNet(
        sample_rate=RATE, hop_samples=HOP, local_features=2, pitch_lag_taps=3, output=output,
        classes=CLASSES, stacks=1, layers_per_stack=1, residual_channels=8, skip_channels=8,
        gate_channels=16 if torch.get_num_threads() == 1 else 72, upsampler_channels=2,
    ).eval()  # fmt: skip
    for parameter in model.parameters():
        parameter.zero_()
    block, before, last = next(iter(model.stack)), model.head[1], model.head[3]
    one, half = torch.eye(8), block.out.in_features
    units = [*range(4), *range(half - 4, half)]  # in the shares of both of two threads
    before.weight.copy_(one)
    if output == "mu_law":  # a channel for each class
        model.lagged.weight[1].copy_(one)
        block.conv.weight[units, :, -1] = 3 * one
        block.out.weight[8:, units] = 2 * one
        last.weight.copy_(50 * one)
        return model
    model.lagged.weight[1, 0, 0] = 1.0
    block.conv.weight[half - 1, 0, -1] = 200.0  # 1 for positive values, -1 for negative ones
    block.out.weight[8:10, half - 1] = torch.tensor([2.0, -2.0])
    last.weight[0, :2] = 0.5 * torch.tensor([1.0, -1.0])  # the mean
    last.weight[1, :2] = -8.0  # log-scale: -9 where there is something to repeat, else -1
    last.bias[1] = -1.0
    return model


def frames(*f0_hz: float) -> Conditions:
    """Conditions of frames with these F0, 0 for unvoiced."""
    heights = np.array(f0_hz)
    return Conditions(torch.from_numpy(pitch_rows(heights, heights > 0))[None])


def letters(count: int, seed: int = 0) -> list[int]:
    """What the noise says by itself; it has no period."""
    return np.random.default_rng(seed).integers(0, CLASSES, count).tolist()


def noise_saying(symbols: list[int], output: str = "mu_law") -> torch.Tensor:
    """(1, time): the uniforms that draw ``symbols`` where the network has no opinion."""
    uniform = (torch.tensor(symbols) + 0.5) / CLASSES
    return (uniform if output == "mu_law" else 0.2 + 0.6 * (uniform > 0.5))[None]


def said(symbols: torch.Tensor, output: str = "mu_law") -> list[int]:
    """What was drawn: classes, or signs as 0 and 1."""
    return symbols.tolist() if output == "mu_law" else (symbols > 0).int().tolist()


def echoed(own: list[int], periods: list[int], output: str = "mu_law") -> list[int]:
    """By hand: the symbol a period ago; that of the noise where there is none."""
    found = list(own) if output == "mu_law" else [int(2 * one >= CLASSES) for one in own]
    for time, period in enumerate(periods):
        if 0 < period <= time:
            found[time] = found[time - period]
    return found


@each_with("f0_hz", list(PERIODS), 117.0)
@in_both_outputs
def test_period_is_not_off_by_one(engine, output, f0_hz):
    count, period = enough(engine, 60, 20), PERIODS[f0_hz]
    own = letters(count)
    found = drawn(
        echo(output), [frames(*[f0_hz] * 12)], num_samples=count, engine=engine,
        noise=noise_saying(own, output),
    )  # fmt: skip
    first = own[:period] if output == "mu_law" else [int(one >= 4) for one in own[:period]]
    assert said(found[0], output) == (first * 8)[:count]


def test_period_is_not_off_by_one_in_training():
    """All samples at once: the likeliest class of each is that of 8 samples before."""
    symbols = torch.tensor([letters(40)])
    likeliest = echo()(symbols, frames(*[125.0] * 8)).argmax(dim=1)
    assert likeliest[0, 8:].tolist() == symbols[0, :-8].tolist()


def test_period_is_not_off_by_one_step_by_step():
    model, symbols = echo(), letters(40)
    lags = model.prepare_conditions(frames(*[125.0] * 8), 40).lags(model.lagged)
    state, previous = model.initial_state(1), torch.tensor([model.initial_symbol])
    likeliest = []
    for time, symbol in enumerate(symbols):
        params, state = model.step(previous, state, None, lags[:, time])
        likeliest.append(params.argmax(dim=1).item())
        previous = torch.tensor([symbol])
    assert likeliest[8:] == symbols[:-8]


def test_period_between_frames_lies_on_the_line_through_their_ends():
    """125 Hz is 8 samples, 83.3 Hz 12: half way, at the edge of the frames, it is 10."""
    model = echo()
    told = frames(125.0, 1000 / 12, 0.0, 125.0, 125.0)
    wanted = GLIDE + 5 * [0] + 10 * [8]
    assert model.prepare_conditions(told, 25).lags(model.lagged)[0].tolist() == wanted
    window = ConditionWindow(model, [told], [25])
    parts = [window.frames(first, first + 1).lags(model.lagged)[0] for first in range(5)]
    assert torch.cat(parts).tolist() == wanted
    late = ConditionWindow(model, [told], [25]).frames(1, 7).lags(model.lagged)[0].tolist()
    assert late == wanted[5:] + 10 * [0]  # after the end nothing is looked up


def test_period_beyond_what_is_remembered_is_the_longest():
    model = echo()
    assert model.lagged.max_lag == 20  # 50 Hz
    lags = model.prepare_conditions(frames(45.0, 51.0, 480.0, 900.0), 20).lags(model.lagged)
    assert lags[0, [0, 19]].tolist() == [20, 2]


# 18 frames, so that no two blocks of 16 are alike; the two that follow one another glide, and the
# compiled engine's first block ends between them
GLIDE = [8, 9, 9, 9, 10, 10, 11, 11, 11, 12]
LONG = [125.0] * 3 + [0.0] + [100.0] * 5 + [0.0] + [117.0] * 3 + [0.0] * 2 + [125.0, 1000 / 12, 0.0]
LONG_PERIODS = [8] * 15 + [0] * 5 + [10] * 25 + [0] * 5 + [9] * 15 + [0] * 10 + GLIDE + [0] * 5


@each_with("size", [1, 7, 40], 7)
def test_period_is_right_after_a_streams_chunk(engine, size):
    # the compiled engine's blocks end after 80 and 400 samples
    count = 420 if engine.startswith("numba") else enough(engine, 200, 90)
    own, told = letters(count), frames(*LONG * 5)
    found = drawn(
        echo(), [told], num_samples=count, engine=engine, noise=noise_saying(own),
        chunk_samples=size,
    )  # fmt: skip
    assert found[0].tolist() == echoed(own, (LONG_PERIODS * 5)[:count])


@each_with("after", [3, 37], 11)
@in_both_outputs
def test_period_is_right_where_a_stream_is_taken_up_again(engine, output, after):
    """The rest of a stream is drawn by another sampler, which knows what the first one said."""
    count = enough(engine, 160, after + 10)
    model, own, told = echo(output), letters(count, 1), frames(*LONG * 2)
    settings = {"num_samples": count, "engine": engine, "noise": noise_saying(own, output)}
    first = sample(model, [told], **settings)
    begun = first.read_symbols(after)
    rest = sample(model, [told], state=first.state(), **settings).symbols()
    found = torch.cat([begun, *rest], dim=1)
    assert said(found[0], output) == echoed(own, (LONG_PERIODS * 2)[:count], output)


@pytest.mark.parametrize("engine", BATCHES, indirect=True)
@in_both_outputs
def test_lag_is_reset_between_utterances(engine, output):
    """Nothing is repeated that another utterance said, be it before or beside this one."""
    model = echo(output)
    lengths = enough(engine, [40, 17, 33, 40, 25, 40, 8, 12, 40, 31], [10, 9])
    many, longest, heights = len(lengths), max(lengths), list(PERIODS)
    told = [frames(*[heights[row % 4]] * 8) for row in range(many)]
    for seed in enough(engine, [0, 10], [0]):
        own = [letters(longest, seed + row) for row in range(many)]
        noise = torch.cat([noise_saying(one, output) for one in own])
        found = drawn(
            model, told, num_samples=lengths, engine=engine, noise=noise, chunk_samples=16
        )
        for row, length in enumerate(lengths):
            period = PERIODS[heights[row % 4]]
            wanted = echoed(own[row], [period] * longest, output)[:length]
            assert said(found[row, :length], output) == wanted, f"utterance {row}"
    if (engine, output) == ("triton", "gaussian"):
        return  # its memory is that of classes
    own = [letters(40, 20), letters(40, 21)]  # longer than any engine's memory
    for one in own:  # one after the other
        alone = drawn(
            model, told[:1], num_samples=40, engine=engine, noise=noise_saying(one, output)
        )
        assert said(alone[0], output) == echoed(one, [8] * 40, output)


@in_every_engine
def test_period_reaches_back_into_the_priming(engine):
    count = enough(engine, 27, 10)
    model, own = echo(), letters(count)
    prime = model.decode(torch.tensor([letters(13, 5)]))
    before = model.encode(prime)[0].tolist()
    found = drawn(
        model, [frames(*[125.0] * 8)], num_samples=count, engine=engine, prime=prime,
        noise=noise_saying(own), chunk_samples=6,
    )  # fmt: skip
    assert found[0].tolist() == (before[-8:] * 4)[:count]
