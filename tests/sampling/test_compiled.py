"""The compiled engine: long agreement, shared work, any widths, rounded weights, bounded memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from speechgen.errors import ConfigError
from speechgen.sampling import sample
from speechgen.sampling.compiled.packing import fits_bfloat16, packed_weights, rounded_model
from speechgen.sampling.interface import sample_symbols

from .agreement import (
    CONDITIONS,
    OUTPUTS,
    assert_engine_agrees,
    conditions_of,
    drawn,
    noise_for,
    wavenet,
)


@pytest.fixture
def two_threads():
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(1)


@pytest.mark.parametrize("kernel", [2, 3])
def test_four_thousand_samples_are_the_references(kernel):
    model = wavenet(kernel_size=kernel, layers_per_stack=3, **CONDITIONS)
    lengths = [4000, 1234, 3999, 17, 2500]
    conditions = conditions_of(model, lengths)
    noise = torch.rand(5, 4000)
    symbols = assert_engine_agrees(model, conditions, lengths, noise, "numba", chunk_samples=777)
    alone = drawn(model, conditions[:1], num_samples=4000, noise=noise[:1], engine="numba")
    assert (alone[0] == symbols[0]).float().mean() > 0.999
    if not torch.equal(alone[0], symbols[0]):
        assert_engine_agrees(model, conditions[:1], [4000], noise[:1], "numba", chunk_samples=1600)


@pytest.mark.parametrize("output", OUTPUTS[:1] + OUTPUTS[3:5], ids=str)
@pytest.mark.parametrize("kernel", [2, 3])
@pytest.mark.parametrize("primed", [0, 41])
def test_two_threads_draw_one_utterance(two_threads, kernel, output, primed):
    model = wavenet(kernel_size=kernel, gate_channels=72, **CONDITIONS, **output)
    conditions = conditions_of(model, [120 + primed])
    prime = 0.2 * torch.randn(1, primed) if primed else None
    noise = noise_for(model, 1, 120)
    assert_engine_agrees(model, conditions, [120], noise, "numba", chunk_samples=51, prime=prime)


def test_two_threads_divide_a_batch(two_threads):
    model = wavenet(**CONDITIONS)
    lengths = [60 + index for index in range(19)]  # lanes of 8 and 2 rows, and one of 8 and 1
    conditions = conditions_of(model, lengths)
    assert_engine_agrees(model, conditions, lengths, torch.rand(19, 78), "numba", chunk_samples=50)


@pytest.mark.parametrize(
    "widths",
    [
        {"residual_channels": 1, "gate_channels": 2, "skip_channels": 1},
        {"residual_channels": 16, "gate_channels": 32, "skip_channels": 16},
        {"residual_channels": 33, "gate_channels": 70, "skip_channels": 17},
        {"residual_channels": 130, "gate_channels": 300, "skip_channels": 200},
        {"kernel_size": 1, "layers_per_stack": 1},
        {"kernel_size": 4},
    ],
    ids=str,
)
def test_any_width_and_kernel(widths):
    model = wavenet(**CONDITIONS, **widths)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(min(1.0, 4 / parameter.shape[-1] ** 0.5))
    conditions = conditions_of(model, [70, 40])
    assert_engine_agrees(model, conditions, [70, 40], torch.rand(2, 70), "numba", chunk_samples=32)


@pytest.mark.parametrize("precision", ["bfloat16", "int8"])
@pytest.mark.parametrize("batch", [1, 3])
def test_rounded_weights_are_the_only_difference(precision, batch):
    """An engine of reduced precision draws what the reference draws with weights so rounded."""
    model = wavenet(**CONDITIONS)
    rounded = rounded_model(model, precision)
    apart = [
        (one - other).abs().max() / one.abs().max()
        for one, other in zip(model.parameters(), rounded.parameters(), strict=True)
    ]
    assert 1e-4 < max(apart) < 0.01
    conditions, noise = conditions_of(model, [90] * batch), torch.rand(batch, 90)
    engine = {"bfloat16": "numba_bf16", "int8": "numba_int8"}[precision]
    found = drawn(model, conditions, num_samples=90, noise=noise, engine=engine)
    wanted = drawn(rounded, conditions, num_samples=90, noise=noise, engine="numba")
    assert torch.equal(found, wanted)
    assert_engine_agrees(rounded, conditions, [90] * batch, noise, "numba", chunk_samples=90)


@pytest.mark.parametrize("batch", [1, 3])
def test_weights_that_bfloat16_holds_are_held_in_half_the_memory_and_as_exact(batch):
    model = rounded_model(wavenet(**CONDITIONS), "bfloat16")
    assert fits_bfloat16(model)
    conditions, noise = conditions_of(model, [90] * batch), torch.rand(batch, 90)
    assert_engine_agrees(model, conditions, [90] * batch, noise, "numba", chunk_samples=90)
    held = packed_weights(model, "bfloat16", 1, 1)[0]
    assert held.layers.nbytes * 2 == packed_weights(model, "float32", 1, 1)[0].layers.nbytes
    with torch.no_grad():
        next(iter(model.stack)).out.weight[0, 0] += 1e-4
    assert not fits_bfloat16(model)


def test_weights_are_packed_once_and_again_when_they_have_changed():
    model = wavenet()
    first = packed_weights(model, "float32", 1, 1)
    assert packed_weights(model, "float32", 1, 1) is first
    with torch.inference_mode():
        next(model.parameters()).data[0] += 1e-3
    again = packed_weights(model, "float32", 1, 1)
    assert again is not first
    assert not np.array_equal(again[0].table, first[0].table)


def test_a_model_of_another_type_is_refused():
    stream = sample_symbols(wavenet().double(), num_samples=5, seed=0, engine="numba")
    with pytest.raises(ConfigError, match="needs a float32 model on the CPU, not torch.float64"):
        next(stream)
    assert len(next(iter(sample(wavenet().double(), num_samples=5, seed=0)))) == 1  # "auto"


def test_an_interrupted_stream_is_not_resumed(monkeypatch):
    from speechgen.sampling.compiled import runner

    model = wavenet()
    stream = sample(model, num_samples=90, seed=0, engine="numba")
    stream.read(10)

    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(runner.Runner, "run", interrupted)
        with pytest.raises(KeyboardInterrupt):
            stream.read(10)
    with pytest.raises(ConfigError, match="interrupted"):
        stream.read(10)


NARROW = """
import torch
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.sampling import sample_symbols
from speechgen.sampling.compiled.memory import LANES
assert LANES == 8
torch.manual_seed(0)
model = WaveNet(stacks=1, layers_per_stack=4, kernel_size=3, residual_channels=20,
                gate_channels=44, skip_channels=12, classes=32).eval()
noise = torch.rand(1, 200)
both = [torch.cat(list(sample_symbols(model, num_samples=200, noise=noise, engine=engine)), dim=1)
        for engine in ("numba", "cached")]
assert torch.equal(*both)
"""


def test_a_processor_with_narrow_registers(tmp_path):
    """numba compiles for a processor without AVX: other vectors, the same samples."""
    settings = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
    environment = {**os.environ, **settings, "NUMBA_CACHE_DIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", NARROW], env=environment, check=True)


MEMORY = """
import json, resource, sys, torch
torch.set_num_threads(1)
from speechgen.models.wavenet.conditions import Conditions
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.sampling import sample
model = WaveNet(stacks=2, layers_per_stack=6, residual_channels=4, gate_channels=64,
                skip_channels=4, classes=16, local_features=8, hop_samples=256).eval()
peaks = []
for seconds in (6, 60):
    frames = -(-seconds * 16000 // 256)
    conditions = Conditions(torch.zeros(1, 8, frames))
    count = 0
    for chunk in sample(model, conditions, num_samples=seconds * 16000, seed=0, engine="numba"):
        count += chunk.shape[1]
    assert count == seconds * 16000
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
print(json.dumps(peaks))
"""


def test_a_minute_takes_no_more_memory_than_six_seconds():
    """Conditions of a minute, projected to all layers at once, would be 46 MB here."""
    run = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    short, long = json.loads(run.stdout)
    assert long - short < 8


TWICE = """
import sys, torch
from speechgen.models.wavenet.conditions import Conditions
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.sampling import sample
from speechgen.sampling.compiled import running
torch.set_num_threads(2)
length, temperature = int(sys.argv[1]), float(sys.argv[2])
model = WaveNet(stacks=1, layers_per_stack=4, residual_channels=20, gate_channels=44,
                skip_channels=12, classes=32, local_features=3, hop_samples=16).eval()
for batch in (1, 2):
    conditions = Conditions(torch.randn(batch, 3, -(-length // 16)))
    list(sample(model, conditions, num_samples=length, seed=0, temperature=temperature))
loops = [running._loop(rows, running._source()) for rows, _ in running._ready]
print(len(loops), sum(sum(loop.stats.cache_misses.values()) for loop in loops))
"""


def test_a_second_process_compiles_nothing():
    def compiled(*words: str) -> str:
        run = subprocess.run(
            [sys.executable, "-c", TWICE, *words], capture_output=True, text=True, check=True
        )
        return run.stdout

    compiled("4000", "1")
    assert compiled("3000", "0.7").split()[1] == "0"


def test_one_process_at_a_time_compiles(tmp_path):
    code = (
        "import sys\nfrom speechgen.sampling.compiled import running\n"
        "import time\n"
        "class Loop:\n stats = type('S', (), {'cache_path': sys.argv[1]})\n"
        "with running._one_process_at_a_time(Loop):\n"
        " begun = time.time(); time.sleep(0.2); print(begun, time.time())"
    )
    runs = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    spans = sorted([float(word) for word in run.communicate()[0].split()] for run in runs)
    assert spans[0][1] <= spans[1][0]
