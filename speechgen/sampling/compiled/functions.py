"""Exponentials and the gate over vectors of float32, in LLVM's language."""

from __future__ import annotations

import math

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from speechgen.sampling.compiled.vectors import (
    INT32,
    INT64,
    LANES,
    VECTOR,
    VECTOR_OF_INT,
    as_int64,
    constant,
    fused,
    load_vector,
    splat,
    store_vector,
)

_LN2_HIGH = float(np.float32(0.693359375))  # few bits, so that its multiples are exact
_LN2_LOW = math.log(2.0) - _LN2_HIGH
_ROUNDER = 1.5 * 2.0**23  # added to a small float32, it leaves the nearest integer in the low bits
_DEGREE = 7


def exponential(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """exp(x) for -87 <= x <= 88, to 2e-7 of itself.

    x = n ln 2 + f with |f| <= ln(2) / 2; the Taylor polynomial of degree 7 gives exp(f) to 6e-9.
    """
    shifted = fused(builder, x, constant(1 / math.log(2.0)), constant(_ROUNDER))
    whole = builder.fsub(shifted, constant(_ROUNDER))
    f = fused(builder, whole, constant(-_LN2_HIGH), x)
    f = fused(builder, whole, constant(-_LN2_LOW), f)
    total = constant(1 / math.factorial(_DEGREE))
    for power in range(_DEGREE - 1, -1, -1):
        total = fused(builder, total, f, constant(1 / math.factorial(power)))
    bits = builder.bitcast(shifted, VECTOR_OF_INT)
    exponent = builder.shl(bits, ir.Constant(VECTOR_OF_INT, [23] * LANES))
    return builder.bitcast(builder.add(builder.bitcast(total, VECTOR_OF_INT), exponent), VECTOR)


def _clamped(builder: ir.IRBuilder, x: ir.Value, low: float, high: float) -> ir.Value:
    for predicate, bound in ((">", low), ("<", high)):
        kept = builder.fcmp_ordered(predicate, x, constant(bound))
        x = builder.select(kept, x, constant(bound))
    return x


def _gate(builder: ir.IRBuilder, filtered: ir.Value, gate: ir.Value) -> ir.Value:
    """tanh(filtered) sigmoid(gate) = (1 - p) / ((1 + p) (1 + q)), p = exp(-2 filtered),
    q = exp(-gate)."""
    one = constant(1.0)
    doubled = builder.fmul(_clamped(builder, filtered, -15.0, 15.0), constant(-2.0))
    p = exponential(builder, doubled)
    q = exponential(builder, builder.fneg(_clamped(builder, gate, -40.0, 40.0)))
    below = builder.fmul(builder.fadd(one, p), builder.fadd(one, q))
    return builder.fdiv(builder.fsub(one, p), below)


def _for_each_vector(builder: ir.IRBuilder, count: ir.Value, body) -> None:
    """``body(first element)`` for 0, LANES, ... below ``count`` (a multiple above 0)."""
    entry, loop = builder.block, builder.append_basic_block()
    after = builder.append_basic_block()
    builder.branch(loop)
    builder.position_at_end(loop)
    index = builder.phi(INT64)
    index.add_incoming(INT64(0), entry)
    body(index)
    following = builder.add(index, INT64(LANES))
    index.add_incoming(following, builder.block)
    builder.cbranch(builder.icmp_signed("<", following, count), loop, after)
    builder.position_at_end(after)


def _pointers(builder, args, pairs):
    for array, at in pairs:
        yield builder.gep(args[array], [as_int64(builder, args[at])])


@intrinsic
def gate_units(typingctx, z, z_at, y, y_at, channels):
    """z[:n] = tanh(y[:n]) * sigmoid(y[n : 2 n]), n = ``channels`` being a multiple of LANES."""

    def codegen(context, builder, signature, args):
        to, source = _pointers(builder, args, [(0, 1), (2, 3)])
        count = as_int64(builder, args[4])

        def body(index):
            filtered = load_vector(builder, builder.gep(source, [index]))
            gate = load_vector(builder, builder.gep(source, [builder.add(index, count)]))
            store_vector(builder, _gate(builder, filtered, gate), builder.gep(to, [index]))

        _for_each_vector(builder, count, body)
        return context.get_dummy_value()

    return types.void(z, z_at, y, y_at, channels), codegen


@intrinsic
def exponentials(typingctx, y, y_at, count, largest, scale):
    """y[:count] = exp((y[:count] - largest) * scale) in place; ``count`` a multiple of LANES."""

    def codegen(context, builder, signature, args):
        (to,) = _pointers(builder, args, [(0, 1)])
        shift, factor = splat(builder, args[3]), splat(builder, args[4])

        def body(index):
            pointer = builder.gep(to, [index])
            x = builder.fmul(builder.fsub(load_vector(builder, pointer), shift), factor)
            store_vector(builder, exponential(builder, _clamped(builder, x, -87.0, 88.0)), pointer)

        _for_each_vector(builder, as_int64(builder, args[2]), body)
        return context.get_dummy_value()

    return types.void(y, y_at, count, types.float32, types.float32), codegen


@intrinsic
def interpolate(typingctx, y, y_at, frames, frames_at, width, before, here, after):
    """y[:width] = before f[0] + here f[1] + after f[2] + f[3], f being (4, width) of ``frames``."""

    def codegen(context, builder, signature, args):
        to, source = _pointers(builder, args, [(0, 1), (2, 3)])
        count = as_int64(builder, args[4])
        factors = [splat(builder, value) for value in args[5:]]
        rows = [builder.gep(source, [builder.mul(count, INT64(tap))]) for tap in range(4)]

        def body(index):
            values = [load_vector(builder, builder.gep(row, [index])) for row in rows]
            total = values[3]
            for factor, value in zip(factors, values[:3], strict=True):
                total = fused(builder, factor, value, total)
            store_vector(builder, total, builder.gep(to, [index]))

        _for_each_vector(builder, count, body)
        return context.get_dummy_value()

    single = types.float32
    return types.void(y, y_at, frames, frames_at, width, single, single, single), codegen


@intrinsic
def prefetch(typingctx, array, at, count):
    """Ask for array[at : at + count] (float32), which will be read soon."""

    def codegen(context, builder, signature, args):
        (pointer,) = _pointers(builder, args, [(0, 1)])
        kind = ir.FunctionType(ir.VoidType(), [pointer.type, INT32, INT32, INT32])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")

        def body(index):
            builder.call(function, [builder.gep(pointer, [index]), INT32(0), INT32(3), INT32(1)])

        _for_each_vector(builder, as_int64(builder, args[2]), body)
        return context.get_dummy_value()

    return types.void(array, at, count), codegen
