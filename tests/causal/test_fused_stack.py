"""The fused stack: outputs and gradients of the plain one in float64, on one thread or several."""

from __future__ import annotations

import copy

import pytest
import torch

from speechgen.causal import FrameUpsampler, GateConditions, GatedStack
from speechgen.causal.conv import CausalConv1d
from speechgen.layers.centred import CentredConv1d

DILATIONS = [1, 2, 4, 40, 1]  # the fourth looks beyond the beginning of most of a crop
BATCH, TIME, HOP, FRAMES = 3, 83, 10, 9  # the last frame is cut


def _case(kernel_size, convolution):
    torch.manual_seed(0)
    stack = GatedStack(DILATIONS, 32, 64, 48, kernel_size=kernel_size, convolution=convolution)
    for parameter in stack.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    upsampler = FrameUpsampler(HOP)
    torch.nn.init.normal_(upsampler.weight)
    return torch.nn.ModuleDict({"stack": stack, "upsampler": upsampler})


def _conditions(kind, modules, tensors):
    if kind == "none":
        return None
    if kind == "bias":
        return GateConditions(bias=tensors["bias"])
    upsampler = modules["upsampler"]
    taps = upsampler.taps(tensors["frames"], tensors["bias"])
    return GateConditions(taps=taps, upsampler=upsampler)


def _results(modules, kind, *, dtype=torch.float32, autocast=False, times=1):
    """Output and all gradients, by name."""
    modules = copy.deepcopy(modules).to(dtype)
    generator = torch.Generator().manual_seed(1)

    def drawn(*shape):
        return torch.randn(*shape, generator=generator).to(dtype)

    tensors = {
        "x": drawn(BATCH, 32, TIME),
        "frames": drawn(len(DILATIONS), BATCH, FRAMES, 64),
        "bias": drawn(len(DILATIONS), BATCH, 64),
    }
    target = drawn(BATCH, 48, TIME)
    for tensor in tensors.values():
        tensor.requires_grad_()
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
        skips = modules["stack"](tensors["x"], _conditions(kind, modules, tensors))
    loss = (skips.to(dtype) * target).sum()
    for _ in range(times):
        loss.backward(retain_graph=True)
    given = {**tensors, **dict(modules.named_parameters())}
    values = {name: value.grad for name, value in given.items() if value.grad is not None}
    return {"skips": skips.detach(), **values}


def _errors(results, wanted):
    """By name, relative to the norm of what is wanted."""
    zero = [name for name, value in wanted.items() if name not in results or not value.any()]
    return {
        name: float((results[name].double() - value).norm() / value.norm())
        for name, value in wanted.items()
        if name not in zero
    }


@pytest.mark.parametrize("convolution", [CausalConv1d, CentredConv1d])
@pytest.mark.parametrize("kind", ["none", "bias", "frames"])
def test_outputs_and_gradients_are_those_of_the_plain_stack_in_float64(kind, convolution):
    modules = _case(3, convolution)
    wanted = _results(modules, kind, dtype=torch.float64)
    errors = _errors(_results(modules, kind), wanted)
    assert len(errors) >= 2 + 4 * len(DILATIONS)
    assert max(errors.values()) < 5e-6, errors


def test_two_taps_and_a_time_below_every_dilation_will_do():
    modules = _case(2, CausalConv1d)
    wanted = _results(modules, "frames", dtype=torch.float64)
    assert max(_errors(_results(modules, "frames"), wanted).values()) < 5e-6


def test_bfloat16_is_as_near_as_the_plain_stack_in_bfloat16(monkeypatch):
    modules = _case(3, CausalConv1d)
    wanted = _results(modules, "frames", dtype=torch.float64)
    fused = _errors(_results(modules, "frames", autocast=True), wanted)
    monkeypatch.setattr(GatedStack, "_fuses", lambda *_: False)
    plain = _errors(_results(modules, "frames", autocast=True), wanted)
    assert sum(fused.values()) <= sum(plain.values())
    assert max(fused.values()) < 0.03


def test_threads_change_nothing_and_a_second_pass_back_adds_the_same():
    modules = _case(3, CausalConv1d)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        alone = _results(modules, "frames")
        twice = _results(modules, "frames", times=2)
        torch.set_num_threads(2)
        together = _results(modules, "frames")
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    for name, value in alone.items():
        assert torch.equal(value, together[name]), name
        if name != "skips":
            assert torch.allclose(twice[name], 2 * value), name


def test_the_present_depends_on_no_later_input():
    modules = _case(3, CausalConv1d)
    x = torch.randn(1, 32, TIME)
    changed = x.clone()
    changed[:, :, 50:] += 1.0
    before, after = (modules["stack"](one).detach() for one in (x, changed))
    assert torch.equal(before[..., :50], after[..., :50])
    assert not torch.equal(before[..., 50:], after[..., 50:])
