"""The CUDA engines on a GPU: the reference's samples, thousands of them; nothing is timed."""

from __future__ import annotations

import pytest
import torch

from tests.sampling.agreement import (
    CONDITIONS,
    OUTPUTS,
    assert_engine_agrees,
    conditions_of,
    drawn,
    noise_for,
    wavenet,
)

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA GPU here"),
]
ENGINES = ["cuda_graph", "triton"]


@pytest.fixture(autouse=True)
def _able(request):
    call = getattr(request.node, "callspec", None)  # of a test with parameters
    if call is not None and call.params.get("engine", "").startswith("triton"):
        pytest.importorskip("triton", reason="the package triton is not installed")


def on_gpu(**arguments):
    return wavenet(**arguments).cuda()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kernel", [2, 3])
def test_engine_agrees_over_4000_samples(engine, kernel):
    sizes = {"residual_channels": 24, "gate_channels": 48, "skip_channels": 40, "classes": 256}
    model = on_gpu(kernel_size=kernel, layers_per_stack=6, **sizes, **CONDITIONS)
    lengths = [4000, 2222, 3999, 1, 4000]
    conditions = conditions_of(model, lengths)
    noise = torch.rand(5, 4000).cuda()
    assert_engine_agrees(model, conditions, lengths, noise, engine, chunk_samples=777)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("output", OUTPUTS, ids=lambda output: "-".join(map(str, output.values())))
def test_engine_agrees_for_every_output(engine, output):
    model = on_gpu(**CONDITIONS, **output)
    lengths = [300, 33, 280, 7, 300]
    assert_engine_agrees(
        model, conditions_of(model, lengths), lengths, noise_for(model, 5, 300).cuda(), engine,
        chunk_samples=29, temperature=0.8,
    )  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("sizes", [{}, {"speaker_features": 4}, CONDITIONS])
@pytest.mark.parametrize("primed", [0, 1, 29, 200])
def test_engine_agrees_after_priming(engine, sizes, primed):
    model = on_gpu(kernel_size=3, preemphasis=0.5, **sizes)
    lengths = [137, 260]
    conditions = conditions_of(model, [primed + length for length in lengths])
    prime = 0.3 * torch.randn(2, primed).cuda() if primed else None
    noise = torch.rand(2, 260).cuda()
    assert_engine_agrees(model, conditions, lengths, noise, engine, chunk_samples=17, prime=prime)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("stacks", "channels"), [(2, 64), (3, 128)])
def test_engine_agrees_at_the_sizes_of_the_benchmark(engine, stacks, channels):
    model = on_gpu(
        stacks=stacks, layers_per_stack=10, kernel_size=3, residual_channels=channels,
        gate_channels=2 * channels, skip_channels=channels, classes=256, **CONDITIONS,
    )  # fmt: skip
    for parameter in model.parameters():  # wide and deep: keep the logits in a likely range
        parameter.data.mul_(0.5)
    conditions = conditions_of(model, [400])
    noise = torch.rand(1, 400).cuda()
    assert_engine_agrees(model, conditions, [400], noise, engine, chunk_samples=160)


@pytest.mark.parametrize("engine", [*ENGINES, "triton_fp16"])
def test_a_stream_is_the_same_however_it_is_read_and_in_any_company(engine):
    model = on_gpu(**CONDITIONS)
    lengths = [400, 123, 400]
    conditions = conditions_of(model, lengths)
    settings = {"seed": 3, "engine": engine}
    whole = drawn(model, conditions, num_samples=lengths, chunk_samples=400, **settings)
    pieces = drawn(model, conditions, num_samples=lengths, chunk_samples=37, **settings)
    again = drawn(model, conditions, num_samples=lengths, chunk_samples=400, **settings)
    assert torch.equal(whole, again)  # no race between two runs
    assert torch.equal(whole, pieces)


@pytest.mark.parametrize("engine", ["triton_fp16"])
def test_half_precision_is_exact_where_the_weights_are(engine):
    model = on_gpu(**CONDITIONS)
    for parameter in model.parameters():
        parameter.data.copy_(parameter.data.half())
    conditions, noise = conditions_of(model, [500]), torch.rand(1, 500).cuda()
    assert_engine_agrees(model, conditions, [500], noise, engine, chunk_samples=100)


@pytest.mark.parametrize("engine", ENGINES)
def test_changed_weights_are_seen_by_the_next_stream(engine):
    model, other = on_gpu(**CONDITIONS), on_gpu(**CONDITIONS)
    conditions, noise = conditions_of(model, [300]), torch.rand(1, 300).cuda()
    drawn(model, conditions, num_samples=300, noise=noise, engine=engine)
    model.load_state_dict(other.state_dict())
    assert_engine_agrees(model, conditions, [300], noise, engine, chunk_samples=300)


def test_what_is_chosen_draws_the_references_samples():
    model = on_gpu(**CONDITIONS)
    conditions, noise = conditions_of(model, [300]), torch.rand(1, 300).cuda()
    assert_engine_agrees(model, conditions, [300], noise, "auto", chunk_samples=300)
