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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

MULTIPLE = 16  # of all channels
ROWS = 4096  # that are worked on at once: what lies between two products stays in the cache


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
        samples, gate_biases, out_biases_array = map(_array, (kernel, biases, out_biases))
        spans = _spans(time)
        skips = out_biases[:, channels:].sum(dim=0).expand(batch, time, -1).contiguous()

        def one(index: int) -> list[Tensor]:
            inputs = [torch.empty(time, channels, dtype=dtype) for _ in range(layers + 1)]
            gates = [torch.empty(time, width, dtype=dtype) for _ in range(layers)]
            joined, units, both = _scratch(
                time, dtype, first.shape[2], width // 2, last.shape[1]
            )  # fmt: skip
            stream = x[index].clone()
            inputs[0].copy_(stream)
            x_array, skip_array = _array(stream), _array(skips[index])
            arrays = [_array(each) for each in inputs]
            for layer in range(layers):
                matrix, out = first[layer].T, last[layer].T
                gates_array, taps_array = _array(gates[layer]), _array(taps[layer, index])
                for begin, end in spans:
                    rows = slice(begin, end)
                    part, made = slice(end - begin), gates[layer][rows]
                    run["gather"](arrays[layer], begin, delays[layer], joined.array[part])
                    torch.mm(joined.tensor[part], matrix, out=made)
                    run["gate"](gates_array[rows], gate_biases[layer], taps_array, samples,
                                begin, units.array[part])  # fmt: skip
                    torch.mm(units.tensor[part], out, out=both.tensor[part])
                    run["advance"](both.array[part], out_biases_array[layer], x_array[rows],
                                   skip_array[rows], arrays[layer + 1][rows])  # fmt: skip
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
        spans = _spans(time)
        samples, d_taps = _array(kernel), torch.zeros_like(taps)
        d_x = torch.zeros(batch, time, channels)

        def one(index: int) -> list[Tensor]:
            saved = kept[2 * layers * index :]
            joined, d_joined, units, d_units, d_gates = _scratch(
                time, dtype, *(first.shape[2],) * 2, *(width // 2,) * 2, width
            )  # fmt: skip
            both = torch.empty(time, last.shape[1], dtype=dtype)
            both[:, channels:] = d_skips[index]
            d_first, d_last = torch.zeros(first.shape), torch.zeros(last.shape)
            d_matrices, d_outs = d_first.unbind(), d_last.unbind()
            d_kernel, d_biases = torch.zeros_like(kernel), torch.zeros_like(biases)
            d_out_biases = torch.zeros(layers, last.shape[1])
            d_out_biases[:, channels:] = d_skips[index].sum(dim=0)
            d_x_array, both_array, d_kernel_array = map(_array, (d_x[index], both, d_kernel))
            for layer in reversed(range(layers)):
                inputs, gates, bias, values, d_values, d_bias, d_out_bias = map(
                    _array,
                    (saved[layer], saved[layers + layer], biases[layer], taps[layer, index],
                     d_taps[layer, index], d_biases[layer], d_out_biases[layer]),
                )  # fmt: skip
                for begin, end in reversed(spans):
                    rows, part = slice(begin, end), slice(end - begin)
                    delta = d_gates.tensor[part]
                    run["narrow"](d_x_array[rows], both_array[rows], d_out_bias)
                    torch.mm(both[rows], last[layer], out=d_units.tensor[part])
                    run["gate_back"](
                        d_units.array[part], gates[rows], bias, values, samples, begin,
                        units.array[part], d_gates.array[part], d_values, d_kernel_array, d_bias,
                    )  # fmt: skip
                    d_outs[layer].add_(torch.mm(both[rows].T, units.tensor[part]))
                    run["gather"](inputs, begin, ctx.delays[layer], joined.array[part])
                    d_matrices[layer].add_(torch.mm(delta.T, joined.tensor[part]))
                    torch.mm(delta, first[layer], out=d_joined.tensor[part])
                    run["scatter"](d_joined.array[part], begin, ctx.delays[layer], d_x_array)
            return [d_kernel, d_first, d_biases, d_last, d_out_biases]

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


@dataclass(frozen=True)
class _Scratch:
    """Rows of one span, for products and for kernels."""

    tensor: Tensor
    array: np.ndarray


def _scratch(time: int, dtype: torch.dtype, *widths: int) -> list[_Scratch]:
    tensors = [torch.empty(min(time, ROWS), width, dtype=dtype) for width in widths]
    return [_Scratch(tensor, _array(tensor)) for tensor in tensors]


def _spans(time: int) -> list[tuple[int, int]]:
    """The rows of an utterance, a span at a time."""
    return [(begin, min(time, begin + ROWS)) for begin in range(0, time, ROWS)]


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
