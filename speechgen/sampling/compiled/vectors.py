"""Matrix products and gates as vector instructions, written in LLVM's language.

A vector here is ``LANES`` float32: an AVX-512 or AVX register, or two NEON registers.
Weights lie in *tiles*: up to ``TILE`` vectors of outputs for every input in turn, so that a product
reads them from beginning to end once, adds in registers, and loads each weight once for all rows
(utterances). Three kinds of weights are known: float32, bfloat16 held as uint16, and int8, which
has a scale for each output. Two vectors of bfloat16 lie interleaved, so that one load, a shift and
a mask give both.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.extending import intrinsic

from speechgen.sampling.compiled.memory import LANES

FLOAT, INT32, INT64 = ir.FloatType(), ir.IntType(32), ir.IntType(64)
VECTOR, VECTOR_OF_INT = ir.VectorType(FLOAT, LANES), ir.VectorType(INT32, LANES)
WEIGHTS = {types.float32: FLOAT, types.uint16: ir.IntType(16), types.int8: ir.IntType(8)}
TILE = {1: 8, 2: 8, 4: 4, 8: 2}  # vectors of a tile, by rows: tile x rows sums fit the registers


def tile_widths(outputs: int, rows: int) -> list[int]:
    """Vectors of each tile that ``outputs`` (a multiple of LANES) are divided into."""
    left, widths, width = outputs // LANES, [], TILE[rows]
    while left:
        while width > left:
            width //= 2
        widths.append(width)
        left -= width
    return widths


@intrinsic
def pointer_to(typingctx, array):
    """Where an array's values lie: may be indexed as it, and nobody counts who holds it.

    The counts are what threads would otherwise wait for, as they share the weights.
    """

    def codegen(context, builder, signature, args):
        return context.make_array(signature.args[0])(context, builder, args[0]).data

    return types.CPointer(array.dtype)(array), codegen


@intrinsic(prefer_literal=True)
def multiply_add(
    typingctx, y, y_at, y_step, weights, weights_at, scales, scales_at, x, x_at, x_step, inputs,
    outputs, rows,
):  # fmt: skip
    """y[row, :outputs] += weights @ x[row, :inputs] for ``rows`` rows (a literal number).

    Arrays are pointers; ``*_at`` is where to begin and ``*_step`` how far the rows are apart.
    ``scales`` are those of int8 weights.
    """
    if not isinstance(rows, types.IntegerLiteral):
        raise TypingError("rows must be a literal number")
    count, kind = rows.literal_value, weights.dtype
    signature = types.void(y, y_at, y_step, weights, weights_at, scales, scales_at, x, x_at, x_step,
                           inputs, outputs, rows)  # fmt: skip

    def codegen(context, builder, signature, args):
        function = _product_function(builder.module, count, kind)
        places = [
            builder.gep(args[array], [as_int64(builder, args[array + 1])]) for array in (0, 3, 5, 7)
        ]
        steps = [as_int64(builder, args[index]) for index in (2, 9, 10, 11)]
        builder.call(function, [*places, *steps])
        return context.get_dummy_value()

    return signature, codegen


def as_int64(builder: ir.IRBuilder, value: ir.Value) -> ir.Value:
    """``value`` widened to 64 bits."""
    return value if value.type == INT64 else builder.sext(value, INT64)


def _product_function(module: ir.Module, rows: int, kind: Any) -> ir.Function:
    """y, weights, scales, x, y_step, x_step, inputs, outputs -> nothing; written once a module."""
    name = f"speechgen_product_{rows}_{kind}"
    if name in module.globals:
        return module.globals[name]
    floats, weights = FLOAT.as_pointer(), WEIGHTS[kind].as_pointer()
    arguments = [floats, weights, floats, floats, INT64, INT64, INT64, INT64]
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), arguments), name)
    function.linkage = "internal"
    builder = ir.IRBuilder(function.append_basic_block())
    y, w, scales, x, y_step, x_step, inputs, outputs = function.args
    done = cgutils.alloca_once_value(builder, INT64(0))  # outputs done
    width = TILE[rows]
    while width:
        # as many tiles of this width as there are, then narrower ones
        again = function.append_basic_block()
        body = function.append_basic_block()
        after = function.append_basic_block()
        builder.branch(again)
        builder.position_at_end(again)
        here = builder.load(done)
        end = builder.add(here, INT64(width * LANES))
        builder.cbranch(builder.icmp_signed("<=", end, outputs), body, after)
        builder.position_at_end(body)
        tile = builder.gep(w, [builder.mul(here, inputs)])
        _tile(builder, rows, width, kind, builder.gep(y, [here]), y_step, tile,
              builder.gep(scales, [here]), x, x_step, inputs)  # fmt: skip
        builder.store(end, done)
        builder.branch(again)
        builder.position_at_end(after)
        width //= 2
    builder.ret_void()
    return function


def _tile(builder, rows, width, kind, y, y_step, w, scales, x, x_step, inputs) -> None:
    """One tile of outputs for all rows, the sums in registers."""

    def place(row, vector):
        at = builder.add(builder.mul(INT64(row), y_step), INT64(vector * LANES))
        return builder.gep(y, [at])

    every = [(row, vector) for row in range(rows) for vector in range(width)]
    scaled = kind == types.int8
    zero = ir.Constant(VECTOR, [0.0] * LANES)
    begun = [zero if scaled else load_vector(builder, place(*one)) for one in every]
    entry = builder.block
    loop = builder.append_basic_block()
    after = builder.append_basic_block()
    builder.cbranch(builder.icmp_signed(">", inputs, INT64(0)), loop, after)
    builder.position_at_end(loop)
    index = builder.phi(INT64)
    sums = [builder.phi(VECTOR) for _ in every]
    base = builder.mul(index, INT64(width * LANES))
    vectors = _weights(builder, builder.gep(w, [base]), width, kind)
    places = [builder.add(builder.mul(INT64(row), x_step), index) for row in range(rows)]
    values = [splat(builder, builder.load(builder.gep(x, [place]))) for place in places]
    following = [
        fused(builder, vectors[vector], values[row], old)
        for (row, vector), old in zip(every, sums, strict=True)
    ]
    next_index = builder.add(index, INT64(1))
    index.add_incoming(INT64(0), entry)
    index.add_incoming(next_index, loop)
    for phi, first, new in zip(sums, begun, following, strict=True):
        phi.add_incoming(first, entry)
        phi.add_incoming(new, loop)
    builder.cbranch(builder.icmp_signed("<", next_index, inputs), loop, after)
    builder.position_at_end(after)
    for one, first, new in zip(every, begun, following, strict=True):
        total = builder.phi(VECTOR)
        total.add_incoming(first, entry)
        total.add_incoming(new, loop)
        begun[every.index(one)] = total
    for one, total in zip(every, begun, strict=True):
        if scaled:
            scale = load_vector(builder, builder.gep(scales, [INT64(one[1] * LANES)]))
            total = fused(builder, total, scale, load_vector(builder, place(*one)))
        store_vector(builder, total, place(*one))


def interleaved(tile: np.ndarray) -> np.ndarray:
    """A tile (input, output) of bfloat16 as the loop reads it: of two vectors in turns a number."""
    vectors = tile.shape[1] // LANES
    if tile.dtype != np.uint16 or vectors == 1:
        return tile
    pairs = tile.reshape(len(tile), vectors // 2, 2, LANES)
    return pairs.swapaxes(2, 3).reshape(tile.shape)


def _weights(builder: ir.IRBuilder, pointer: ir.Value, width: int, kind: Any) -> list[ir.Value]:
    """The vectors of a tile for one input, as float32."""
    places = [builder.gep(pointer, [INT64(vector * LANES)]) for vector in range(width)]
    if kind == types.float32:
        return [load_vector(builder, place) for place in places]
    if kind == types.uint16 and width > 1:
        return [value for place in places[::2] for value in _two_vectors(builder, place)]
    narrow = ir.VectorType(WEIGHTS[kind], LANES)
    values = [
        builder.load(builder.bitcast(place, narrow.as_pointer()), align=1) for place in places
    ]
    if kind == types.int8:
        return [builder.sitofp(builder.sext(value, VECTOR_OF_INT), VECTOR) for value in values]
    sixteen = ir.Constant(VECTOR_OF_INT, [16] * LANES)
    wide = [builder.shl(builder.zext(value, VECTOR_OF_INT), sixteen) for value in values]
    return [builder.bitcast(bits, VECTOR) for bits in wide]


def _two_vectors(builder: ir.IRBuilder, pointer: ir.Value) -> list[ir.Value]:
    """Two vectors of bfloat16 numbers that lie interleaved."""
    both = builder.load(builder.bitcast(pointer, VECTOR_OF_INT.as_pointer()), align=2)
    first = builder.shl(both, ir.Constant(VECTOR_OF_INT, [16] * LANES))
    second = builder.and_(both, ir.Constant(VECTOR_OF_INT, [0xFFFF0000] * LANES))
    return [builder.bitcast(bits, VECTOR) for bits in (first, second)]


def load_vector(builder: ir.IRBuilder, pointer: ir.Value) -> ir.Value:
    """A vector from any address."""
    return builder.load(builder.bitcast(pointer, VECTOR.as_pointer()), align=4)


def store_vector(builder: ir.IRBuilder, value: ir.Value, pointer: ir.Value) -> None:
    """A vector to any address."""
    builder.store(value, builder.bitcast(pointer, VECTOR.as_pointer()), align=4)


def splat(builder: ir.IRBuilder, value: ir.Value) -> ir.Value:
    """``value`` in all lanes."""
    undefined = ir.Constant(VECTOR, ir.Undefined)
    first = builder.insert_element(undefined, value, INT32(0))
    return builder.shuffle_vector(first, undefined, ir.Constant(VECTOR_OF_INT, [0] * LANES))


def fused(builder: ir.IRBuilder, a: ir.Value, b: ir.Value, c: ir.Value) -> ir.Value:
    """a b + c, rounded once where the processor can."""
    kind = ir.FunctionType(VECTOR, [VECTOR] * 3)
    function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fmuladd.v{LANES}f32")
    return builder.call(function, [a, b, c])


def constant(value: float) -> ir.Constant:
    """``value`` in all lanes, rounded to float32."""
    return ir.Constant(VECTOR, [value] * LANES)
