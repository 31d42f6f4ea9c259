"""What lies between the matrix products of a gated stack, compiled: one pass over memory for each.

All functions work on the rows (time, channel) of one utterance, whose channels are multiples of
``LANES``. *Narrow* arrays hold what the products take, bfloat16 as uint16 or plain float32; sums
are float32.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

from speechgen.causal.lanes import Lanes, Row, for_each_vector, pointer_to, splat

ZERO = np.float32(0.0)


def _rows(builder: Any, signature: Any, args: Any, pairs: int) -> list[Row]:
    """The first arguments, a pointer and where to begin each."""
    kinds = signature.args
    return [
        Row(builder, kinds[2 * i], args[2 * i], args[2 * i + 1]) for i in range(pairs)
    ]  # fmt: skip


def _exponentials(filtered: Lanes, opened: Lanes) -> tuple[Lanes, Lanes]:
    """p = exp(-2 filtered) and q = exp(-opened): tanh is (1 - p) / (1 + p), sigmoid 1 / (1 + q)."""
    return (filtered.clamped(15.0) * -2.0).exp(), (opened.clamped(40.0) * -1.0).exp()


@intrinsic
def _gate_row(typingctx, gates, gates_at, add, add_at, units, units_at, half):
    """units = tanh(filter) sigmoid(gate), both halves of gates + add."""

    def codegen(context, builder, signature, args):
        gates, add, units = _rows(builder, signature, args, 3)
        count = args[6]

        def body(index):
            second = builder.add(index, count)
            p, q = _exponentials(
                gates.load(index) + add.load(index), gates.load(second) + add.load(second)
            )
            units.store(index, (1.0 - p) / ((p + 1.0) * (q + 1.0)))

        for_each_vector(builder, count, body)
        return context.get_dummy_value()

    return types.void(gates, gates_at, add, add_at, units, units_at, half), codegen


@intrinsic
def _gate_back_row(
    typingctx, gates, gates_at, add, add_at, given, given_at, units, units_at,
    narrow, narrow_at, wide, wide_at, half,
):  # fmt: skip
    """As _gate_row, and the gradient of gates + add, narrow and wide, for that of units, given."""

    def codegen(context, builder, signature, args):
        gates, add, given, units, narrow, wide = _rows(builder, signature, args, 6)
        count = args[12]

        def body(index):
            second = builder.add(index, count)
            p, q = _exponentials(
                gates.load(index) + add.load(index), gates.load(second) + add.load(second)
            )
            above, below = p + 1.0, q + 1.0
            both = (above * below).reciprocal()  # one division for two
            opened, filtered = above * both, (1.0 - p) * below * both
            units.store(index, filtered * opened)
            back = given.load(index) * opened
            of_filter = back * (1.0 - filtered * filtered)
            of_gate = back * filtered * (1.0 - opened)
            for place, value in ((index, of_filter), (second, of_gate)):
                narrow.store(place, value)
                wide.store(place, value)

        for_each_vector(builder, count, body)
        return context.get_dummy_value()

    return types.void(
        gates, gates_at, add, add_at, given, given_at, units, units_at,
        narrow, narrow_at, wide, wide_at, half,
    ), codegen  # fmt: skip


@intrinsic
def _add_row(typingctx, total, total_at, more, more_at, factor, count):
    """total += factor more."""

    def codegen(context, builder, signature, args):
        total, more = _rows(builder, signature, args, 2)
        factor = splat(builder, args[4])

        def body(index):
            total.store(index, more.load(index).times_plus(factor, total.load(index)))

        for_each_vector(builder, args[5], body)
        return context.get_dummy_value()

    return types.void(total, total_at, more, more_at, types.float32, count), codegen


@intrinsic
def _advance_row(typingctx, x, x_at, more, more_at, bias, bias_at, narrow, narrow_at, count):
    """x += more + bias, and what x is then, narrow."""

    def codegen(context, builder, signature, args):
        x, more, bias, narrow = _rows(builder, signature, args, 4)

        def body(index):
            value = x.load(index) + (more.load(index) + bias.load(index))
            x.store(index, value)
            narrow.store(index, value)

        for_each_vector(builder, args[8], body)
        return context.get_dummy_value()

    return types.void(x, x_at, more, more_at, bias, bias_at, narrow, narrow_at, count), codegen


@intrinsic
def _copy_row(typingctx, to, to_at, source, source_at, count):
    """to = source, narrowed or widened."""

    def codegen(context, builder, signature, args):
        to, source = _rows(builder, signature, args, 2)
        for_each_vector(builder, args[4], lambda index: to.store(index, source.load(index)))
        return context.get_dummy_value()

    return types.void(to, to_at, source, source_at, count), codegen


def make_kernels(source: int, *, cache: bool) -> dict[str, Any]:
    """The functions by name, compiled at their first call.

    ``source``, a number from 0, says for numba's cache which code this is.
    """
    options: dict[str, Any] = {
        "nogil": True, "error_model": "numpy", "fastmath": {"reassoc", "contract"}
    }  # fmt: skip
    one = np.float32(1.0)

    @njit(cache=cache, **options)
    def gather(x_array, begin, delays, joined_array):
        """Rows of every tap side by side: joined[t] = x[begin + t - delays[0]], ..."""
        if source < 0:  # never so
            return
        time, channels = x_array.shape
        x, joined, taps = pointer_to(x_array), pointer_to(joined_array), len(delays)
        for t in range(len(joined_array)):
            for tap in range(taps):
                taken, to = begin + t - delays[tap], (t * taps + tap) * channels
                if 0 <= taken < time:
                    _copy_row(joined, to, x, taken * channels, channels)
                else:
                    for c in range(channels):
                        joined[to + c] = 0

    @njit(**options)
    def _condition(bias, taps, kernel, first, place, count, width, add):
        """add = bias + the taps that begin at ``first``, weighted for the sample ``place``."""
        _copy_row(add, 0, bias, 0, width)
        for tap in range(count):
            _add_row(add, 0, taps, first + tap * width, kernel[place * count + tap], width)

    @njit(cache=cache, **options)
    def gate(gates_array, bias_array, taps_array, kernel_array, begin, units_array):
        """units = tanh(filter) sigmoid(gate) of the gates with bias and conditions added.

        ``taps`` (frame, tap, gate channel) are brought to samples by ``kernel`` (sample, tap); the
        first row is sample ``begin``.
        """
        if source < 0:  # never so
            return ZERO
        time, half = units_array.shape
        hop, count = kernel_array.shape
        width = 2 * half
        gates, units = pointer_to(gates_array), pointer_to(units_array)
        bias = pointer_to(bias_array)
        taps, kernel = pointer_to(taps_array), pointer_to(kernel_array)
        held = np.empty(width, np.float32)
        add = pointer_to(held)
        for t in range(time):
            first, place = ((begin + t) // hop) * count * width, (begin + t) % hop
            _condition(bias, taps, kernel, first, place, count, width, add)
            _gate_row(gates, t * width, add, 0, units, t * half, half)
        return held[0]  # which so lives to the end

    @njit(cache=cache, **options)
    def advance(both_array, bias_array, x_array, skips_array, following_array):
        """x += the residual half of ``both`` + bias; skips += the other; following = x, narrow."""
        if source < 0:  # never so
            return
        time, channels = x_array.shape
        width = skips_array.shape[1]
        both, bias, x = pointer_to(both_array), pointer_to(bias_array), pointer_to(x_array)
        skips, following = pointer_to(skips_array), pointer_to(following_array)
        for t in range(time):
            here, row = t * (channels + width), t * channels
            _advance_row(x, row, both, here, bias, 0, following, row, channels)
            _add_row(skips, t * width, both, here + channels, one, width)

    @njit(cache=cache, **options)
    def gate_back(
        d_units_array, gates_array, bias_array, taps_array, kernel_array, begin, units_array,
        d_gates_array, d_taps_array, d_kernel_array, d_bias_array,
    ):  # fmt: skip
        """Gradients of :func:`gate`; writes ``units`` once more, adds to the last three."""
        if source < 0:  # never so
            return ZERO
        time, half = units_array.shape
        hop, count = kernel_array.shape
        width = 2 * half
        d_units, d_gates = pointer_to(d_units_array), pointer_to(d_gates_array)
        d_taps, d_kernel = pointer_to(d_taps_array), pointer_to(d_kernel_array)
        d_bias, bias = pointer_to(d_bias_array), pointer_to(bias_array)
        gates, units = pointer_to(gates_array), pointer_to(units_array)
        taps, kernel = pointer_to(taps_array), pointer_to(kernel_array)
        held = np.empty(2 * width, np.float32)
        add, back = pointer_to(held), pointer_to(held[width:])
        for t in range(time):
            first, place = ((begin + t) // hop) * count * width, (begin + t) % hop
            here, there = t * width, t * half
            _condition(bias, taps, kernel, first, place, count, width, add)
            _gate_back_row(gates, here, add, 0, d_units, there, units, there,
                           d_gates, here, back, 0, half)  # fmt: skip
            _add_row(d_bias, 0, back, 0, one, width)
            for tap in range(count):
                values = first + tap * width
                _add_row(d_taps, values, back, 0, kernel[place * count + tap], width)
                product = ZERO
                for c in range(width):
                    product += taps[values + c] * back[c]
                d_kernel[place * count + tap] += product
        return held[0]

    @njit(cache=cache, **options)
    def scatter(d_joined_array, begin, delays, d_x_array):
        """Gradient of :func:`gather`, added to ``d_x``."""
        if source < 0:  # never so
            return
        time, channels = d_x_array.shape
        d_joined, d_x, taps = pointer_to(d_joined_array), pointer_to(d_x_array), len(delays)
        for t in range(len(d_joined_array)):
            for tap in range(taps):
                taken, given = begin + t - delays[tap], (t * taps + tap) * channels
                if 0 <= taken < time:
                    _add_row(d_x, taken * channels, d_joined, given, one, channels)

    @njit(cache=cache, **options)
    def narrow(x_array, both_array, sums_array):
        """The first channels of ``both`` = x, narrow; sums += the sum of x over time."""
        if source < 0:  # never so
            return
        time, channels = x_array.shape
        x, both, sums = pointer_to(x_array), pointer_to(both_array), pointer_to(sums_array)
        step = both_array.shape[1]
        for t in range(time):
            _copy_row(both, t * step, x, t * channels, channels)
            _add_row(sums, 0, x, t * channels, one, channels)

    functions = (gather, gate, advance, gate_back, scatter, narrow)
    return {function.__name__: function for function in functions}
