"""A gated stack in training on the CPU: matrix products, and one compiled pass between two of them.

The same function and gradients as :class:`speechgen.causal.GatedStack` has operation by operation,
to rounding. An utterance runs through all layers before the next one begins, so that what a layer
works on stays in the cache; the residual stream and the skip sum are float32. Kept for the gradient
are the inputs and gates of every layer alone: gathered taps and gated units are made again.
"""

from __future__ import annotations

import functools
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

MULTIPLE = 16  # of all channels


def fused_stack(
    x: Tensor, taps: Tensor, kernel: Tensor, convolutions: Sequence[Any], outs: Sequence[Any]
) -> Tensor:
    """The sum of all skip outputs.

    Parameters
    ----------
    x
        (batch, time, residual channel).
    taps, kernel
        Conditions (layer, batch, frame, tap, gate channel), and what brings them to the samples of
        a frame, (sample, tap).
    convolutions, outs
        The layers' dilated convolutions and their 1x1 layers.

    Returns
    -------
    Tensor
        (batch, time, skip channel) float32.
    """
    autocast = torch.is_autocast_enabled("cpu")
    dtype = torch.get_autocast_dtype("cpu") if autocast else torch.float32
    with torch.autocast("cpu", enabled=False):
        result: Tensor = _FusedStack.apply(
            x.float().contiguous(),
            taps.float().contiguous(),
            kernel.float().contiguous(),
            torch.stack([conv.matrix() for conv in convolutions]),
            torch.stack([conv.bias for conv in convolutions]),
            torch.stack([out.weight for out in outs]),
            torch.stack([out.bias for out in outs]),
            [np.array(conv.delays, np.int64) for conv in convolutions],
            dtype,
        )
    return result


class _FusedStack(torch.autograd.Function):
    """Arguments are those of all layers, stacked; products are computed in ``dtype``."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, taps: Tensor, kernel: Tensor, matrices: Tensor, biases: Tensor,
        out_matrices: Tensor, out_biases: Tensor, delays: list[np.ndarray], dtype: torch.dtype,
    ) -> Tensor:  # fmt: skip
        """(batch, time, residual channel) -> (batch, time, skip channel)."""
        run = _kernels()
        batch, time, channels = x.shape
        layers, width = biases.shape
        first, last = matrices.to(dtype), out_matrices.to(dtype)
        samples = _array(kernel)
        skips = out_biases[:, channels:].sum(dim=0).expand(batch, time, -1).contiguous()

        def one(index: int) -> list[Tensor]:
            inputs = [torch.empty(time, channels, dtype=dtype) for _ in range(layers + 1)]
            gates = [torch.empty(time, width, dtype=dtype) for _ in range(layers)]
            joined, units, both = (
                torch.empty(time, size, dtype=dtype)
                for size in (first.shape[2], width // 2, last.shape[1])
            )
            stream = x[index].clone()
            inputs[0].copy_(stream)
            for layer in range(layers):
                run["gather"](_array(inputs[layer]), delays[layer], _array(joined))
                torch.mm(joined, first[layer].T, out=gates[layer])
                run["gate"](_array(gates[layer]), _array(biases[layer]),
                            _array(taps[layer, index]), samples, _array(units))  # fmt: skip
                torch.mm(units, last[layer].T, out=both)
                run["advance"](_array(both), _array(out_biases[layer]), _array(stream),
                               _array(skips[index]), _array(inputs[layer + 1]))  # fmt: skip
            return inputs[:layers] + gates

        kept = [tensor for tensors in _each(one, batch) for tensor in tensors]
        ctx.save_for_backward(taps, kernel, first, biases, last, *kept)
        ctx.delays, ctx.dtype, ctx.channels = delays, dtype, channels
        return skips

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_skips: Tensor) -> Any:
        """Gradients of the tensors."""
        run = _kernels()
        taps, kernel, first, biases, last, *kept = ctx.saved_tensors
        batch, time, _ = d_skips.shape
        layers, width = biases.shape
        channels, dtype = ctx.channels, ctx.dtype
        samples, d_taps = _array(kernel), torch.zeros_like(taps)
        d_x = torch.zeros(batch, time, channels)

        def one(index: int) -> list[Tensor]:
            saved = kept[2 * layers * index :]
            joined, d_joined, units, d_units, d_gates, both = (
                torch.empty(time, size, dtype=dtype)
                for size in (*(first.shape[2],) * 2, *(width // 2,) * 2, width, last.shape[1])
            )
            d_first, d_last = torch.empty_like(first), torch.empty_like(last)
            d_kernel, d_biases = torch.zeros_like(kernel), torch.zeros_like(biases)
            d_out_biases = torch.zeros(layers + 1, last.shape[1])
            d_out_biases[:, channels:] = d_skips[index].sum(dim=0)
            both[:, :channels], both[:, channels:] = 0, d_skips[index]
            for layer in reversed(range(layers)):
                torch.mm(both, last[layer], out=d_units)
                run["gate_back"](
                    _array(d_units), _array(saved[layers + layer]), _array(biases[layer]),
                    _array(taps[layer, index]), samples, _array(units), _array(d_gates),
                    _array(d_taps[layer, index]), _array(d_kernel), _array(d_biases[layer]),
                )  # fmt: skip
                torch.mm(both.T, units, out=d_last[layer])
                run["gather"](_array(saved[layer]), ctx.delays[layer], _array(joined))
                torch.mm(d_gates.T, joined, out=d_first[layer])
                torch.mm(d_gates, first[layer], out=d_joined)
                run["scatter"](_array(d_joined), ctx.delays[layer], _array(d_x[index]),
                               _array(both), _array(d_out_biases[layer - 1]))  # fmt: skip
            return [d_kernel, d_first.float(), d_biases, d_last.float(), d_out_biases[:layers]]

        sums: list[Tensor] = []
        for gradients in _each(one, batch):
            sums = [a.add_(b) for a, b in zip(sums, gradients, strict=True)] if sums else gradients
        return d_x, d_taps, *sums, None, None


@functools.cache
def _kernels() -> dict[str, Callable[..., None]]:
    from speechgen.causal.fused_kernels import make_kernels

    source = 0
    for name in ("fused_kernels", "lanes"):  # what is compiled
        source = zlib.crc32(Path(__file__).with_name(f"{name}.py").read_bytes(), source)
    try:
        kernels = make_kernels(source, cache=True)
    except RuntimeError:  # numba finds no folder that it may write to: compile in every process
        kernels = make_kernels(source, cache=False)
    return {name: functools.partial(_call, kernel) for name, kernel in kernels.items()}


def _call(kernel: Any, *arguments: Any) -> None:
    """Call a kernel; once more with an empty cache where that is damaged."""
    try:
        kernel(*arguments)
    except Exception:  # unpickling what a full disk or a crash has cut short raises many kinds
        kernel._cache.flush()
        kernel(*arguments)


def _array(values: Tensor) -> np.ndarray:
    """The same memory for the kernels: bfloat16 as uint16."""
    values = values.detach()
    return (values.view(torch.uint16) if values.dtype == torch.bfloat16 else values).numpy()


def _each(work: Callable[[int], Any], count: int) -> Iterator[Any]:
    """``work`` for 0, 1, ... in order, by as many threads as torch has."""
    threads = torch.get_num_threads()
    if min(threads, count) == 1:
        yield from map(work, range(count))
        return
    torch.set_num_threads(1)  # new threads take over what is set now
    try:
        yield from _pool(threads).map(torch.no_grad()(work), range(count))
    finally:
        torch.set_num_threads(threads)


@functools.cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="speechgen-stack")


os.register_at_fork(after_in_child=_pool.cache_clear)  # threads do not survive a fork
