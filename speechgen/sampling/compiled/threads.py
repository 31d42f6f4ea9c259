"""How threads of one utterance wait for each other, without locks: counters in memory."""

from __future__ import annotations

import os
import platform

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from speechgen.sampling.compiled.vectors import INT32, INT64, as_int64

_SPINS_BEFORE_SLEEP = 10_000  # some 200 microseconds: a share takes less, a thread's start too
_SLEEP_MICROSECONDS = 20
_SPINS_A_LOOK = 64  # at the clock
_MONOTONIC = 6 if platform.system() == "Darwin" else 1
TRUE, FALSE = ir.Constant(ir.IntType(1), 1), ir.Constant(ir.IntType(1), 0)
_PAUSES = {"x86_64": "llvm.x86.sse2.pause", "amd64": "llvm.x86.sse2.pause"}


def _pointer(builder, args, at):
    return builder.gep(args[0], [as_int64(builder, args[at])])


@intrinsic
def publish(typingctx, counters, index, value):
    """counters[index] = value (int64), after all that was written before."""

    def codegen(context, builder, signature, args):
        pointer = _pointer(builder, args, 1)
        builder.store_atomic(as_int64(builder, args[2]), pointer, "release", 8)
        return context.get_dummy_value()

    return types.void(counters, index, value), codegen


@intrinsic
def read(typingctx, counters, index):
    """counters[index] (int64), before all that is read afterwards."""

    def codegen(context, builder, signature, args):
        pointer = _pointer(builder, args, 1)
        return builder.load_atomic(pointer, "acquire", 8)

    return types.int64(counters, index), codegen


@intrinsic
def wait_until(typingctx, counters, index, value, stop, patience):
    """Spin until counters[index] >= value: whether it is.

    It is not where counters[stop] is not 0, or after ``patience`` nanoseconds; 0 is for ever. A
    thread that has spun for long sleeps a little: the other may be waiting for its core.
    """

    def codegen(context, builder, signature, args):
        counter = _pointer(builder, args, 1)
        stopped = _pointer(builder, args, 3)
        wanted, patience = as_int64(builder, args[2]), as_int64(builder, args[4])
        spins = cgutils.alloca_once_value(builder, INT64(0))
        begun = cgutils.alloca_once_value(builder, INT64(0))
        there = cgutils.alloca_once_value(builder, TRUE)
        again, rest = builder.append_basic_block(), builder.append_basic_block()
        after = builder.append_basic_block()
        builder.branch(again)
        builder.position_at_end(again)
        found = builder.load_atomic(counter, "acquire", 8)
        builder.store(TRUE, there)
        builder.cbranch(builder.icmp_signed(">=", found, wanted), after, rest)
        builder.position_at_end(rest)
        builder.store(FALSE, there)
        _pause(builder)
        count = builder.add(builder.load(spins), INT64(1))
        builder.store(count, spins)
        with builder.if_then(builder.icmp_signed(">", count, INT64(_SPINS_BEFORE_SLEEP))):
            _sleep(builder)
        given_up = cgutils.alloca_once_value(builder, FALSE)
        builder.store(FALSE, given_up)
        looks = builder.icmp_signed("==", builder.and_(count, INT64(_SPINS_A_LOOK - 1)), INT64(0))
        limited = builder.icmp_signed(">", patience, INT64(0))
        with builder.if_then(builder.and_(looks, limited)):
            now = _nanoseconds(builder)
            first = builder.icmp_signed("==", builder.load(begun), INT64(0))
            builder.store(builder.select(first, now, builder.load(begun)), begun)
            waited = builder.sub(now, builder.load(begun))
            builder.store(builder.icmp_signed(">", waited, patience), given_up)
        halted = builder.icmp_signed("!=", builder.load_atomic(stopped, "acquire", 8), INT64(0))
        builder.cbranch(builder.or_(halted, builder.load(given_up)), after, again)
        builder.position_at_end(after)
        return builder.load(there)

    return types.boolean(counters, index, value, stop, patience), codegen


def _pause(builder: ir.IRBuilder) -> None:
    name = _PAUSES.get(platform.machine().lower())
    if name:
        kind = ir.FunctionType(ir.VoidType(), [])
        builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [])


def _sleep(builder: ir.IRBuilder) -> None:
    if os.name == "nt":
        kind = ir.FunctionType(INT32, [])
        builder.call(cgutils.get_or_insert_function(builder.module, kind, "SwitchToThread"), [])
        return
    kind = ir.FunctionType(INT32, [INT32])
    function = cgutils.get_or_insert_function(builder.module, kind, "usleep")
    builder.call(function, [INT32(_SLEEP_MICROSECONDS)])


def _nanoseconds(builder: ir.IRBuilder) -> ir.Value:
    """A clock that never goes back (int64)."""
    if os.name == "nt":
        kind = ir.FunctionType(INT64, [])
        function = cgutils.get_or_insert_function(builder.module, kind, "GetTickCount64")
        return builder.mul(builder.call(function, []), INT64(1_000_000))
    time = cgutils.alloca_once(builder, ir.ArrayType(INT64, 2))  # seconds, nanoseconds
    begin = builder.bitcast(time, INT64.as_pointer())
    kind = ir.FunctionType(INT32, [INT32, INT64.as_pointer()])
    function = cgutils.get_or_insert_function(builder.module, kind, "clock_gettime")
    builder.call(function, [INT32(_MONOTONIC), begin])
    seconds, rest = builder.load(begin), builder.load(builder.gep(begin, [INT64(1)]))
    return builder.add(builder.mul(seconds, INT64(1_000_000_000)), rest)
