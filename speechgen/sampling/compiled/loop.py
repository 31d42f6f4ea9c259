"""The loop over samples: one function, from the last symbols and the noise to the next symbols.

Everything it works on lies in flat arrays; ``Shape`` and ``Work`` say what they hold. With
``parts`` above 1, as many threads draw one utterance together: each computes some of the gated
units of every layer and, from these, its share of the residual sum; shares are exchanged once a
layer. While a thread waits for the others it does what does not depend on them, the older taps of
the next layer. All threads draw the same symbol, from the same numbers.

The first of them, the leader, waits for the others only so long. Where they are late it leaves
the sample undone and returns, and may go on alone: then it computes and adds up the shares of all
parts itself, the same numbers in the same order.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from speechgen.sampling.compiled.draws import draw_symbol
from speechgen.sampling.compiled.functions import gate_units, interpolate, prefetch
from speechgen.sampling.compiled.threads import publish, read, wait_until
from speechgen.sampling.compiled.vectors import multiply_add, pointer_to

ZERO = np.float32(0.0)
COUNTER_STEP = 16  # int64 from one thread's counter to the next, so that no cache line is shared
STOP, HERE, GO, NEVER = 0, 1, 2, 3  # counters after those of the threads: stop; all are here; ...
SIGNALS = 4


class Shape(NamedTuple):
    """Sizes, rounded up to whole vectors where they are those of outputs."""

    layers: int
    kernel: int
    residual: int  # channels
    residual_padded: int
    units: int  # gated units of one part, padded
    skip: int
    skip_padded: int
    hidden: int
    hidden_padded: int
    params: int
    params_padded: int
    table_rows: int  # of one tap; 1 where the network sees values
    noise_size: int
    kind: int  # of distribution
    mixtures: int
    levels: int
    lag_taps: int  # samples around that of a period ago; 0 where it is not looked at
    heard: int  # slots of the ring in which these are looked up


class Weights(NamedTuple):
    """Packed weights of one part."""

    table: np.ndarray  # (tap, table row, residual padded)
    first_bias: np.ndarray  # (residual padded)
    lagged: np.ndarray  # (lag tap, table row, residual padded)
    layers: np.ndarray  # for each layer the taps, then residual and skip, in tiles
    scales: np.ndarray  # for each layer those of 2 units, then of residual and skip
    residual_bias: np.ndarray  # (layer, residual padded)
    skip_bias: np.ndarray  # (skip padded): the sum over layers
    hidden: np.ndarray
    hidden_bias: np.ndarray
    last: np.ndarray
    last_bias: np.ndarray


class Work(NamedTuple):
    """What one thread keeps between samples, for its rows (utterances)."""

    recent: np.ndarray  # (row, tap): past symbols or values, oldest first
    heard: np.ndarray  # (row, slot): the same, further back; that of time t in slot t mod slots
    rings: np.ndarray  # for each layer (slot, row, residual); a lane's rows may be some of these
    ring_at: np.ndarray  # where each layer's ring begins
    slots: np.ndarray  # of each ring
    places: np.ndarray  # slot of the present sample
    x: np.ndarray  # (row, residual padded | skip padded)
    gates: np.ndarray  # (row, 2 units)
    units: np.ndarray  # (row, units)
    hidden: np.ndarray  # (row, hidden padded)
    params: np.ndarray  # (row, params padded)
    shares: np.ndarray  # (part, residual padded | skip padded): what is added to the sums
    inputs: np.ndarray  # (layer, residual): what goes into the rings at the end of a sample


def make_loop(rows: int, source: int, *, cache: bool = True) -> Any:
    """The loop for a fixed number of rows; ``source`` says for numba's cache which code this is."""

    @njit(nogil=True, error_model="numpy", cache=cache)
    def draw(
        shape, weights, work, noise, drawn, time, begin, end, conditions_array, taps,
        lags_array, lags_step, upsampler_array, hop, first_frame, temperature, min_log_scale, part,
        parts, held, pitch, counters_array, shared_array, stop, grace, patience, leader, known,
    ):  # fmt: skip
        """Draw the samples ``begin`` to ``end`` after ``time`` into ``drawn`` (row, time).

        Noise is (row, time, size). Conditions are (frame, layer, row, tap, 2 units) and the
        upsampler (sample, tap). Lags, how far back each sample looks, have ``lags_step`` samples a
        row. ``held`` parts, 1 or all, are computed here, from ``part`` on.
        Rings and conditions have ``pitch`` rows, of which these are the first.
        Counters are those of the threads and then STOP, HERE, GO (1 + from where on) and NEVER; in
        the shared array (turn, part, channel) threads exchange their shares. Other threads than the
        leader wait until it says from where on they take part, and take over what ``leader`` (Work)
        has seen since the sample ``known``.
        Returns where it ended: at ``end``, or earlier because the counter ``stop`` was not 0 or
        others were late by ``patience`` nanoseconds (at the first sample by ``grace``; 0: never).
        """
        if source < 0:  # never so
            return -1
        layers, kernel, residual = shape.layers, shape.kernel, shape.residual
        padded, skip = shape.residual_padded, shape.skip_padded
        hidden, params = shape.hidden_padded, shape.params_padded
        units = held * shape.units
        width, step = 2 * units, padded + skip
        together, alone = held < parts, held == parts and parts > 1
        turn_size = parts * max(padded, skip)
        per_tap, per_out, slot_size = residual * width, units * step, pitch * residual
        matrices, scales = pointer_to(weights.layers), pointer_to(weights.scales)
        biases, skip_bias = pointer_to(weights.residual_bias), pointer_to(weights.skip_bias)
        table, first_bias = pointer_to(weights.table), pointer_to(weights.first_bias)
        hidden_matrix, hidden_bias = pointer_to(weights.hidden), pointer_to(weights.hidden_bias)
        last_matrix, last_bias = pointer_to(weights.last), pointer_to(weights.last_bias)
        x, gates, z = pointer_to(work.x), pointer_to(work.gates), pointer_to(work.units)
        ends, logits, recent = (
            pointer_to(work.hidden),
            pointer_to(work.params),
            pointer_to(work.recent),
        )
        inputs = pointer_to(work.inputs)
        rings, ring_at = pointer_to(work.rings), pointer_to(work.ring_at)
        slots, places, shares = (
            pointer_to(work.slots),
            pointer_to(work.places),
            pointer_to(work.shares),
        )
        lagged, heard, lags = (
            pointer_to(weights.lagged),
            pointer_to(work.heard),
            pointer_to(lags_array),
        )
        conditions, upsampler = pointer_to(conditions_array), pointer_to(upsampler_array)
        counters, shared = pointer_to(counters_array), pointer_to(shared_array)
        if together and part > 0:
            go = (parts + GO) * COUNTER_STEP
            if not wait_until(counters, go, 1, stop, 0):
                return begin
            begin = read(counters, go) - 1
            catch_up(work, leader, shape, time + begin, time + begin - known)
            publish(counters, part * COUNTER_STEP, (time + begin) * layers)
        for index in range(begin, end):
            if read(counters, stop) != 0:
                return index
            bound = grace if index == begin else patience
            now = time + index
            frame, sample = now // hop - first_frame, now % hop
            first_layer(x, step, recent, kernel, table, first_bias, padded,
                        shape.table_rows, rows)  # fmt: skip
            if shape.lag_taps > 0:
                add_lagged(x, step, heard, shape.heard, lagged, shape.lag_taps, lags, lags_step,
                           frame * hop + sample, now, padded, shape.table_rows, rows)  # fmt: skip
            for row in range(rows):
                for c in range(skip):
                    x[row * step + padded + c] = skip_bias[c] if part == 0 else ZERO
            if alone:
                for c in range(parts * step):
                    shares[c] = ZERO
                for c in range(skip):
                    shares[padded + c] = skip_bias[c]
            for layer in range(layers):
                there = (frame * layers + layer) * pitch * taps * width
                condition(gates, conditions, there, width, taps, upsampler, sample, rows)
                at = layer * (kernel * per_tap + per_out)
                scale = layer * (width + held * step)
                # what does not depend on the layer before
                for tap in range(kernel - 1):
                    old = past(ring_at, slots, places, layer, kernel, tap, slot_size)
                    multiply_add(gates, 0, width, matrices, at, scales, scale, rings, old, residual,
                                 residual, width, rows)  # fmt: skip
                    at += per_tap
                    if layer + 1 < layers:  # lies far away in memory
                        old = past(ring_at, slots, places, layer + 1, kernel, tap, slot_size)
                        prefetch(rings, old, rows * residual)
                if together and layer > 0 and not _gather(
                    x, 0, padded, shared, turn_size, now * layers + layer, part, parts, counters,
                    stop, bound,
                ):  # fmt: skip
                    return index
                # what does
                multiply_add(gates, 0, width, matrices, at, scales, scale, x, 0, step, residual,
                             width, rows)  # fmt: skip
                if together:
                    remember(inputs, layer * residual, x, step, residual, rows)
                elif kernel > 1:
                    remember(rings, ring_at[layer] + places[layer] * slot_size, x, step,
                             residual, rows)  # fmt: skip
                    places[layer] = places[layer] + 1 if places[layer] + 1 < slots[layer] else 0
                for row in range(rows):
                    gate_units(z, row * units, gates, row * width, units)
                    for c in range(padded):
                        x[row * step + c] += biases[layer * padded + c]
                at, scale = at + per_tap, scale + width
                if parts == 1:
                    multiply_add(x, 0, step, matrices, at, scales, scale, z, 0, units, units, step,
                                 rows)  # fmt: skip
                    continue
                if alone:
                    for each in range(parts):
                        own, of_units = each * step, each * shape.units
                        for c in range(padded):
                            shares[own + c] = ZERO
                        multiply_add(shares, own, step, matrices, at, scales, scale, z, of_units,
                                     units, shape.units, step, rows)  # fmt: skip
                        at, scale = at + shape.units * step, scale + step
                        for c in range(padded):
                            x[c] += shares[own + c]
                    continue
                if layer + 1 < layers:
                    for c in range(padded):
                        shares[c] = ZERO
                    multiply_add(shares, 0, padded, matrices, at, scales, scale, z, 0, units, units,
                                 padded, rows)  # fmt: skip
                    _give(shares, padded, shared, turn_size, now * layers + layer + 1, part,
                          counters)  # fmt: skip
                multiply_add(x, padded, step, matrices, at + units * padded, scales, scale + padded,
                             z, 0, units, units, skip, rows)  # fmt: skip
            if alone:
                for c in range(skip):
                    x[padded + c] = ZERO
                for each in range(parts):
                    for c in range(skip):
                        x[padded + c] += shares[each * step + padded + c]
            if together:
                turn = (now + 1) * layers
                for c in range(skip):
                    shares[c] = x[padded + c]
                    x[padded + c] = ZERO
                _give(shares, skip, shared, turn_size, turn, part, counters)
                if not _gather(
                    x, padded, skip, shared, turn_size, turn, part, parts, counters, stop, bound
                ):
                    return index
            for row in range(rows):
                rectify(x, row * step + padded, skip)
                for c in range(hidden):
                    ends[row * hidden + c] = hidden_bias[c]
                for c in range(params):
                    logits[row * params + c] = last_bias[c]
            multiply_add(ends, 0, hidden, hidden_matrix, 0, scales, 0, x, padded, step, shape.skip,
                         hidden, rows)  # fmt: skip
            rectify(ends, 0, rows * hidden)
            multiply_add(logits, 0, params, last_matrix, 0, scales, 0, ends, 0, hidden,
                         shape.hidden, params, rows)  # fmt: skip
            for row in range(rows):
                symbol, value = draw_symbol(
                    shape.kind, logits, row * params, shape.params, params, shape.mixtures,
                    shape.levels, noise[row, index, 0], noise[row, index, shape.noise_size - 1],
                    min_log_scale, temperature,
                )  # fmt: skip
                drawn[row, index] = symbol
                for tap in range(kernel - 1):
                    recent[row * kernel + tap] = recent[row * kernel + tap + 1]
                recent[row * kernel + kernel - 1] = value
                if shape.lag_taps > 0:
                    heard[row * shape.heard + now % shape.heard] = value
            if together and kernel > 1:  # not before, so that a sample can be left undone
                for layer in range(layers):
                    at = ring_at[layer] + places[layer] * residual
                    for c in range(residual):
                        rings[at + c] = inputs[layer * residual + c]
                    places[layer] = places[layer] + 1 if places[layer] + 1 < slots[layer] else 0
        return end

    return draw


@njit(nogil=True, error_model="numpy")
def first_layer(x, step, recent, kernel, table, bias, padded, table_rows, rows):
    """x[row] = bias + for each past sample its row of the table, or its value times the row."""
    for row in range(rows):
        at = row * step
        for c in range(padded):
            x[at + c] = bias[c]
        for tap in range(kernel):
            add_symbol(x, at, table, tap, recent[row * kernel + tap], padded, table_rows)


@njit(nogil=True, error_model="numpy")
def add_lagged(
    x, step, heard, slots, table, taps, lags, lags_step, sample, now, padded, table_rows, rows
):  # fmt: skip
    """Add what the symbols around the time ``now - lag`` contribute; nothing where the lag is 0."""
    for row in range(rows):
        at, lag = row * step, lags[row * lags_step + sample]
        if lag == 0:
            continue
        for tap in range(taps):
            then = now - lag + tap - taps // 2 + slots
            add_symbol(x, at, table, tap, heard[row * slots + then % slots], padded, table_rows)


@njit(nogil=True, error_model="numpy")
def add_symbol(x, at, table, tap, value, padded, table_rows):
    """Add what a tap makes of a symbol: its row of the table, or the value times the row."""
    if table_rows > 1:
        begin = (tap * table_rows + np.int64(value)) * padded
        for c in range(padded):
            x[at + c] += table[begin + c]
    else:
        for c in range(padded):
            x[at + c] += table[tap * padded + c] * value


@njit(nogil=True, error_model="numpy")
def condition(gates, conditions, begin, width, taps, upsampler, sample, rows):
    """Begin the gates with the conditions of this sample, in which the biases are."""
    for row in range(rows):
        if taps == 1:
            for c in range(width):
                gates[row * width + c] = conditions[begin + row * width + c]
        else:
            interpolate(gates, row * width, conditions, begin + row * taps * width, width,
                        upsampler[taps * sample], upsampler[taps * sample + 1],
                        upsampler[taps * sample + 2])  # fmt: skip


@njit(nogil=True, error_model="numpy")
def past(ring_at, slots, places, layer, kernel, tap, slot_size):
    """Where the input of a tap lies; the oldest is in the slot that is written next."""
    slot = places[layer] + tap * (slots[layer] // (kernel - 1))
    return ring_at[layer] + (slot - slots[layer] if slot >= slots[layer] else slot) * slot_size


@njit(nogil=True, error_model="numpy")
def remember(rings, at, x, step, residual, rows):
    """Put the layer's input in its ring."""
    for row in range(rows):
        for c in range(residual):
            rings[at + row * residual + c] = x[row * step + c]


@njit(nogil=True, error_model="numpy")
def rectify(values, at, count):
    """max(0, value) in place."""
    for c in range(at, at + count):
        values[c] = max(values[c], ZERO)


@njit(nogil=True, error_model="numpy")
def _give(shares, count, shared, turn_size, turn, part, counters):
    """Show the other threads this one's shares of a sum."""
    begin = (turn & 1) * turn_size + part * count
    for c in range(count):
        shared[begin + c] = shares[c]
    publish(counters, part * COUNTER_STEP, turn)


@njit(nogil=True, error_model="numpy")
def _gather(x, at, count, shared, turn_size, turn, part, parts, counters, stop, patience):
    """Add the shares of all threads to x[at : at + count], in the same order in every thread.

    False where they are late, or have been stopped.
    """
    for other in range(parts):
        if other != part and not wait_until(counters, other * COUNTER_STEP, turn, stop, patience):
            return False
    begin = (turn & 1) * turn_size
    for other in range(parts):
        for c in range(count):
            x[at + c] += shared[begin + other * count + c]
    return True


@njit(nogil=True, error_model="numpy")
def catch_up(work, leader, shape, now, missed):
    """Take the last ``missed`` samples' state over from the leader's, who is at ``now``."""
    for c in range(shape.kernel):
        work.recent[c] = leader.recent[c]
    for c in range(len(work.heard)):
        work.heard[c] = leader.heard[c]
    residual = shape.residual
    if shape.kernel == 1:
        return
    for layer in range(shape.layers):
        slots = work.slots[layer]
        work.places[layer] = now % slots
        for back in range(1, min(missed, slots) + 1):
            at = work.ring_at[layer] + ((now - back) % slots) * residual
            for c in range(at, at + residual):
                work.rings[c] = leader.rings[c]
