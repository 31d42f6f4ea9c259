"""Vectors of float32 in LLVM's language, written like numbers: what compiled loops are made of.

A vector has ``LANES`` numbers: an AVX-512 register, two of AVX, four of NEON.
"""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 16
INT64 = ir.IntType(64)
VECTOR = ir.VectorType(ir.FloatType(), LANES)
_WORDS = ir.VectorType(ir.IntType(32), LANES)
_HALVES = ir.VectorType(ir.IntType(16), LANES)
_LN2_HIGH = 0.693359375  # few bits, so that its multiples are exact
_LN2_LOW = math.log(2.0) - _LN2_HIGH
_ROUNDER = 1.5 * 2.0**23  # added to a small float32, it leaves the nearest integer in the low bits
_DEGREE = 6


class Lanes:
    """A vector as it is computed: ``+ - * /`` with others and with plain numbers."""

    def __init__(self, builder: ir.IRBuilder, value: ir.Value) -> None:
        self.builder = builder
        self.value = value

    def _of(self, other: Lanes | float) -> ir.Value:
        return other.value if isinstance(other, Lanes) else ir.Constant(VECTOR, [other] * LANES)

    def __add__(self, other: Lanes | float) -> Lanes:
        return Lanes(self.builder, self.builder.fadd(self.value, self._of(other)))

    def __sub__(self, other: Lanes | float) -> Lanes:
        return Lanes(self.builder, self.builder.fsub(self.value, self._of(other)))

    def __rsub__(self, other: float) -> Lanes:
        return Lanes(self.builder, self.builder.fsub(self._of(other), self.value))

    def __mul__(self, other: Lanes | float) -> Lanes:
        return Lanes(self.builder, self.builder.fmul(self.value, self._of(other)))

    def __truediv__(self, other: Lanes) -> Lanes:
        return Lanes(self.builder, self.builder.fdiv(self.value, other.value))

    __radd__, __rmul__ = __add__, __mul__

    def reciprocal(self) -> Lanes:
        """1 / x."""
        return Lanes(self.builder, self.builder.fdiv(self._of(1.0), self.value))

    def times_plus(self, factor: Lanes | float, term: Lanes | float) -> Lanes:
        """x factor + term, rounded once where the processor can."""
        kind = ir.FunctionType(VECTOR, [VECTOR] * 3)
        name = f"llvm.fmuladd.v{LANES}f32"
        function = cgutils.get_or_insert_function(self.builder.module, kind, name)
        arguments = [self.value, self._of(factor), self._of(term)]
        return Lanes(self.builder, self.builder.call(function, arguments))

    def clamped(self, bound: float) -> Lanes:
        """The nearest number between -bound and bound."""
        value = self.value
        for predicate, limit in ((">", -bound), ("<", bound)):
            kept = self.builder.fcmp_ordered(predicate, value, self._of(limit))
            value = self.builder.select(kept, value, self._of(limit))
        return Lanes(self.builder, value)

    def exp(self) -> Lanes:
        """exp(x) for -87 <= x <= 88, to 3e-7 of itself.

        x = n ln 2 + f with |f| <= ln(2) / 2; a Taylor polynomial gives exp(f).
        """
        builder = self.builder
        shifted = self.times_plus(1 / math.log(2.0), _ROUNDER)
        whole = shifted - _ROUNDER
        f = whole.times_plus(-_LN2_LOW, whole.times_plus(-_LN2_HIGH, self))
        total: Lanes | float = 1 / math.factorial(_DEGREE)
        for power in range(_DEGREE - 1, -1, -1):
            total = f.times_plus(total, 1 / math.factorial(power))
        assert isinstance(total, Lanes)
        exponent = builder.shl(
            builder.bitcast(shifted.value, _WORDS), ir.Constant(_WORDS, [23] * LANES)
        )
        bits = builder.add(builder.bitcast(total.value, _WORDS), exponent)
        return Lanes(builder, builder.bitcast(bits, VECTOR))


class Row:
    """Where numbers lie: float32, or bfloat16 as uint16."""

    def __init__(self, builder: ir.IRBuilder, kind: Any, pointer: ir.Value, at: ir.Value) -> None:
        self.builder = builder
        self.narrow = kind.dtype != types.float32
        self.pointer = builder.gep(pointer, [_as_int64(builder, at)])

    def load(self, index: ir.Value) -> Lanes:
        """The vector from ``index`` on, as float32."""
        builder, pointer = self.builder, self.builder.gep(self.pointer, [index])
        if not self.narrow:
            vector = builder.load(builder.bitcast(pointer, VECTOR.as_pointer()), align=4)
            return Lanes(builder, vector)
        halves = builder.load(builder.bitcast(pointer, _HALVES.as_pointer()), align=2)
        shift = ir.Constant(_WORDS, [16] * LANES)
        return Lanes(
            builder, builder.bitcast(builder.shl(builder.zext(halves, _WORDS), shift), VECTOR)
        )

    def store(self, index: ir.Value, value: Lanes) -> None:
        """Write a vector; bfloat16 is rounded to the nearest, to even where there are two."""
        builder, pointer = self.builder, self.builder.gep(self.pointer, [index])
        if not self.narrow:
            builder.store(value.value, builder.bitcast(pointer, VECTOR.as_pointer()), align=4)
            return
        bits = builder.bitcast(value.value, _WORDS)
        shift = ir.Constant(_WORDS, [16] * LANES)
        odd = builder.and_(builder.lshr(bits, shift), ir.Constant(_WORDS, [1] * LANES))
        rounded = builder.add(builder.add(bits, ir.Constant(_WORDS, [0x7FFF] * LANES)), odd)
        halves = builder.trunc(builder.lshr(rounded, shift), _HALVES)
        builder.store(halves, builder.bitcast(pointer, _HALVES.as_pointer()), align=2)


def _as_int64(builder: ir.IRBuilder, value: ir.Value) -> ir.Value:
    return value if value.type == INT64 else builder.sext(value, INT64)


def splat(builder: ir.IRBuilder, value: ir.Value) -> Lanes:
    """A float32 in all lanes."""
    undefined = ir.Constant(VECTOR, ir.Undefined)
    first = builder.insert_element(undefined, value, ir.IntType(32)(0))
    order = ir.Constant(_WORDS, [0] * LANES)
    return Lanes(builder, builder.shuffle_vector(first, undefined, order))


def for_each_vector(builder: ir.IRBuilder, count: ir.Value, body: Any) -> None:
    """``body(index)`` for 0, LANES, ... below ``count``, a multiple of LANES above 0."""
    entry, loop, after = builder.block, builder.append_basic_block(), builder.append_basic_block()
    builder.branch(loop)
    builder.position_at_end(loop)
    index = builder.phi(INT64)
    index.add_incoming(INT64(0), entry)
    body(index)
    following = builder.add(index, INT64(LANES))
    index.add_incoming(following, builder.block)
    builder.cbranch(builder.icmp_signed("<", following, count), loop, after)
    builder.position_at_end(after)


@intrinsic
def pointer_to(typingctx, array):
    """Where the values of a contiguous array begin: indexed flat; nobody counts who holds it."""

    def codegen(context, builder, signature, args):
        return context.make_array(signature.args[0])(context, builder, args[0]).data

    return types.CPointer(array.dtype)(array), codegen
