"""The CUDA engines, as far as a CPU can tell: their step runs eagerly, their kernel interpreted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from speechgen.errors import ConfigError
from speechgen.sampling import ENGINES, sample_symbols
from speechgen.sampling.condition_window import ConditionWindow
from speechgen.sampling.cuda import triton_engine
from speechgen.sampling.cuda.cuda_graph import GRAPH_SAMPLES, exact_products
from speechgen.sampling.cuda.static_step import StaticStep
from speechgen.sampling.protocol import Start

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

FEW = {"stacks": 1, "layers_per_stack": 2}  # the interpreter takes milliseconds for an operation
STEP = "static_step"  # what the engine "cuda_graph" records, called sample by sample


def output_name(output):
    return "-".join(map(str, output.values()))


@pytest.fixture(autouse=True)
def _step_by_name(monkeypatch):
    monkeypatch.setitem(ENGINES, STEP, "speechgen.sampling.cuda.cuda_graph:StepSampler")


@pytest.fixture
def interpreted():
    pytest.importorskip("triton", reason="the package triton is not installed")
    if not triton_engine.interpreted():
        pytest.skip("there is a GPU: tests/gpu runs the kernel itself")


# ------------------------------------------------------------------------------- the static step


@pytest.mark.parametrize(
    ("kernel", "sizes"), [(1, CONDITIONS), *((2, sizes) for sizes in SIZES), (3, CONDITIONS)]
)
def test_static_step_agrees_with_the_reference(kernel, sizes):
    model = wavenet(kernel_size=kernel, **sizes)
    lengths = [73, 90, 31]
    conditions = conditions_of(model, lengths)
    chunk = GRAPH_SAMPLES + 7  # samples for both graphs
    assert_engine_agrees(model, conditions, lengths, torch.rand(3, 90), STEP, chunk_samples=chunk)


@pytest.mark.parametrize(("kernel", "primed"), [(3, 1), (2, 29), (3, 200)])
def test_static_step_agrees_after_priming(kernel, primed):
    model = wavenet(kernel_size=kernel, preemphasis=0.5, **CONDITIONS)
    lengths = [37, 60]
    conditions = conditions_of(model, [primed + length for length in lengths])
    prime = 0.3 * torch.randn(2, primed)
    assert_engine_agrees(
        model, conditions, lengths, torch.rand(2, 60), STEP, chunk_samples=17, prime=prime
    )


@pytest.mark.parametrize("output", OUTPUTS, ids=output_name)
def test_static_step_agrees_for_every_output(output):
    model = wavenet(**CONDITIONS, **output)
    lengths = [40, 33, 18, 7, 40]
    noise = noise_for(model, 5, 40)
    assert_engine_agrees(
        model, conditions_of(model, lengths), lengths, noise, STEP, chunk_samples=13,
        temperature=0.8,
    )  # fmt: skip


def test_static_step_draws_an_utterance_alone_as_in_company():
    model = wavenet(**CONDITIONS)
    lengths = [37, 60, 8]
    conditions = conditions_of(model, lengths)
    together = drawn(model, conditions, num_samples=lengths, seed=5, engine=STEP)
    alone = drawn(model, conditions[:1], num_samples=37, seed=5, engine=STEP)
    assert torch.equal(together[0, :37], alone[0])


def a_step(model, lengths):
    window = ConditionWindow(model, conditions_of(model, lengths), lengths)
    return StaticStep(model, window, Start.nothing(model, len(lengths)), 1.0, GRAPH_SAMPLES)


@pytest.mark.parametrize("output", OUTPUTS[::2], ids=output_name)
def test_no_number_of_a_step_goes_to_the_host(output):
    """A recorded graph would not see it. Tensors of the device "meta" have no numbers to read."""
    model = wavenet(**CONDITIONS, **output).to("meta")
    with torch.inference_mode():
        step = a_step(model, [200, 200])
        step.cover()
        step.step(0)
        with pytest.raises((RuntimeError, NotImplementedError)):
            step.time.item()


@pytest.mark.parametrize("output", [OUTPUTS[0], OUTPUTS[2]], ids=output_name)
def test_what_a_graph_would_record_stays_where_it_is(output):
    model = wavenet(**CONDITIONS, **output)

    def places(step):
        parts = (step, step.conditions, step.weights)
        tensors = [v for part in parts for v in vars(part).values() if torch.is_tensor(v)]
        return [tensor.data_ptr() for tensor in tensors]

    with torch.inference_mode():
        step = a_step(model, [200, 200])
        step.cover()
        before = places(step)
        blocks = 0
        for _ in range(100):
            blocks += step.cover() == step.conditions.last - step.conditions.first
            step.step(0)
            step.position += 1
        assert blocks > 1
        assert places(step) == before


def test_steps_before_recording_leave_no_trace():
    model = wavenet(**CONDITIONS)
    with torch.inference_mode():
        step = a_step(model, [200])
        step.cover()
        step.base.copy_(torch.rand(1, GRAPH_SAMPLES))
        for column in range(5):
            step.step(column)
        kept = step.state()
        for column in range(5, 12):
            step.step(column)
        wanted = step.drawn.clone()
        step.restore(kept)
        for _ in range(3):
            step.step(0)
        step.restore(kept)
        for column in range(5, 12):
            step.step(column)
        assert torch.equal(step.drawn[:, 5:12], wanted[:, 5:12])


def test_products_are_exact_whatever_was_chosen():
    chosen = torch.get_float32_matmul_precision()
    try:
        for name in ("high", "medium", "highest"):
            torch.set_float32_matmul_precision(name)
            with exact_products():
                assert torch.get_float32_matmul_precision() == "highest"
            assert torch.get_float32_matmul_precision() == name
    finally:
        torch.set_float32_matmul_precision(chosen)


# ------------------------------------------------------------------------------------ the kernel


@pytest.mark.parametrize("kernel", [2, 3])
def test_kernel_agrees_with_the_reference(interpreted, kernel):
    model = wavenet(kernel_size=kernel, **FEW, **CONDITIONS)
    lengths = [3, 7, 1, 5, 2] if kernel == 2 else [13]  # frames have 5 samples
    conditions = conditions_of(model, lengths)
    noise = torch.rand(len(lengths), max(lengths))
    assert_engine_agrees(model, conditions, lengths, noise, "triton", chunk_samples=4)


@pytest.mark.parametrize("sizes", [{}, {"speaker_features": 4}])
def test_kernel_agrees_where_nothing_changes_in_time(interpreted, sizes):
    model = wavenet(**FEW, **sizes)
    conditions = conditions_of(model, [8])
    assert_engine_agrees(model, conditions, [8], torch.rand(1, 8), "triton", chunk_samples=5)


@pytest.mark.parametrize("primed", [1, 90])
def test_kernel_agrees_after_priming(interpreted, primed):
    model = wavenet(kernel_size=3, preemphasis=0.5, **FEW, **CONDITIONS)
    conditions = conditions_of(model, [primed + 10])
    prime = 0.3 * torch.randn(1, primed)
    assert_engine_agrees(
        model, conditions, [10], torch.rand(1, 10), "triton", chunk_samples=7, prime=prime
    )


@pytest.mark.parametrize("output", OUTPUTS, ids=output_name)
def test_kernel_agrees_for_every_output(interpreted, output):
    model = wavenet(**CONDITIONS, **FEW, **output)
    lengths = [6, 4]
    noise = noise_for(model, 2, 6)
    assert_engine_agrees(
        model, conditions_of(model, lengths), lengths, noise, "triton", chunk_samples=4,
        temperature=0.8,
    )  # fmt: skip


def test_kernel_in_half_precision_is_exact_where_the_weights_are(interpreted):
    model = wavenet(**FEW, **CONDITIONS)
    (conditions,) = conditions_of(model, [12])
    noise = torch.rand(1, 12)
    for parameter in model.parameters():
        parameter.data.copy_(parameter.data.half())
    assert_engine_agrees(model, [conditions], [12], noise, "triton_fp16", chunk_samples=12)


COMPILE = """
import importlib.util, json, sys
from triton import compile
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

path, target, types, constants, options = sys.argv[1], *map(json.loads, sys.argv[2:])
spec = importlib.util.spec_from_file_location("kernel", path)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
names = module.draw_samples.arg_names
assert set(names) == set(types) | set(constants), "the kernel takes other arguments"
signature = {name: types.get(name, "constexpr") for name in names}
aligned = {(names.index(n),): [["tt.divisibility", 16]] for n in types if types[n][0] == "*"}
source = ASTSource(module.draw_samples, signature, constants, aligned)
made = compile(source, target=GPUTarget("cuda", target, 32), options=options)
print(json.dumps({"size": len(made.asm["cubin"]), "shared": made.metadata.shared}))
"""
TENSORS = (
    "noise drawn recent rings logits conditions upsampler lags table first_bias lagged matrices"
    " residual_bias skip_bias hidden_matrix hidden_bias last last_bias"
)
NUMBERS = "batch count time place hop"


@pytest.mark.parametrize(
    ("target", "channels", "output", "hop", "half"),
    [
        (80, 64, {}, 256, False),
        pytest.param(90, 128, {"output": "logistic_mixture"}, 256, True, marks=pytest.mark.slow),
        pytest.param(90, 128, {}, 256, False, marks=pytest.mark.slow),
        pytest.param(80, 128, {"classes": 1024}, 256, True, marks=pytest.mark.slow),
        pytest.param(90, 64, {"output": "gaussian"}, 0, True, marks=pytest.mark.slow),
    ],
)
def test_kernel_compiles_for_a_gpu_that_is_not_there(tmp_path, target, channels, output, hop, half):
    """Types, shapes and layouts fit, and shared memory suffices; how fast it is, nobody knows."""
    pytest.importorskip("triton", reason="the package triton is not installed")
    widths = {"residual_channels": channels, "skip_channels": channels}
    local = {"local_features": 3, "hop_samples": hop, "pitch_lag_taps": 3} if hop else {}
    model = wavenet(kernel_size=3, gate_channels=2 * channels, **widths, **local, **output)
    sizes = triton_engine.kernel_sizes(model)
    slots = {"TAPS": 4 if hop else 1, "RING_SLOTS": 100, "RECENT_SLOTS": 512 if hop else 4}
    types = dict.fromkeys(TENSORS.split(), "*fp32") | dict.fromkeys(NUMBERS.split(), "i32")
    types["lags"] = "*i64"
    types |= dict.fromkeys(("dilations", "ring_begins", "ring_masks"), "*i32")
    types |= dict.fromkeys(("temperature", "min_log_scale"), "fp32")
    if half:
        types["matrices"] = "*fp16"
    arguments = (target, types, sizes.constants() | slots, triton_engine.launch_options(sizes))
    path = Path(triton_engine.__file__).with_name("triton_kernel.py")
    environment = {k: v for k, v in os.environ.items() if k != "TRITON_INTERPRET"}
    done = subprocess.run(
        [sys.executable, "-c", COMPILE, str(path), *map(json.dumps, arguments)],
        env=environment | {"TRITON_CACHE_DIR": str(tmp_path)},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    made = json.loads(done.stdout)
    assert made["size"] > 10_000
    assert made["shared"] <= 48 * 1024  # what every GPU gives without being asked


# -------------------------------------------------------------------------- where it cannot run


def refusal(model, engine):
    with pytest.raises(ConfigError) as caught:
        next(sample_symbols(model, num_samples=5, seed=0, engine=engine))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_engines_say_in_a_line_why_they_cannot_run(monkeypatch):
    monkeypatch.delenv("TRITON_INTERPRET", raising=False)
    model = wavenet(**FEW)
    assert "needs a model on an NVIDIA GPU, not on cpu" in refusal(model, "cuda_graph")
    monkeypatch.setitem(sys.modules, "triton", None)
    assert "package triton, which is not installed" in refusal(model, "triton")


def test_kernel_says_in_a_line_what_it_cannot_draw(interpreted, monkeypatch):
    assert "up to 256 channels, not 512" in refusal(wavenet(skip_channels=257, **FEW), "triton")
    assert "float32 model, not torch.float64" in refusal(wavenet(**FEW).double(), "triton")
    monkeypatch.delenv("TRITON_INTERPRET")
    assert "NVIDIA GPU, not on cpu" in refusal(wavenet(**FEW), "triton_fp16")
