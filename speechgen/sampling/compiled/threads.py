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
def wait_until(typingctx, counters, index, value, stop):
    """Spin until counters[index] >= value, or until counters[stop] is not 0.

    A thread that has spun for long sleeps a little: the other may be waiting for its core.
    """

    def codegen(context, builder, signature, args):
        counter = _pointer(builder, args, 1)
        stopped = _pointer(builder, args, 3)
        wanted = as_int64(builder, args[2])
        spins = cgutils.alloca_once_value(builder, INT64(0))
        again, rest = builder.append_basic_block(), builder.append_basic_block()
        after = builder.append_basic_block()
        builder.branch(again)
        builder.position_at_end(again)
        there = builder.load_atomic(counter, "acquire", 8)
        builder.cbranch(builder.icmp_signed(">=", there, wanted), after, rest)
        builder.position_at_end(rest)
        _pause(builder)
        count = builder.add(builder.load(spins), INT64(1))
        builder.store(count, spins)
        with builder.if_then(builder.icmp_signed(">", count, INT64(_SPINS_BEFORE_SLEEP))):
            _sleep(builder)
        halted = builder.load_atomic(stopped, "acquire", 8)
        builder.cbranch(builder.icmp_signed("!=", halted, INT64(0)), after, again)
        builder.position_at_end(after)
        return context.get_dummy_value()

    return types.void(counters, index, value, stop), codegen


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
