"""The whole sample loop as one Triton kernel: a program draws one utterance, sample after sample.

A program keeps nothing between two samples but what it needs again: the inputs of the layers (a
ring for each) and the newest symbols. A layer's input, its gated units and the skip sum never leave
its registers. Weights are read anew for every sample, from the L2 cache; each matrix of a layer has
the gated units on its contiguous axis, so that all of them are read alike, and the sum that ends
one product leaves its result laid out as the next one wants it::

    x (residual) --- (residual, unit) --> sum over axis 0 --> z (unit)
    z (unit)     --- (residual, unit) --> sum over axis 1 --> x (residual)

Threads of a program see each other's stores to global memory after a barrier only. Rings have more
slots than are looked back, so that no slot is written in the sample it is read in, and one barrier
a sample is enough.

Importing this module needs Triton. With ``TRITON_INTERPRET=1`` in the environment, before Triton is
imported for the first time, the kernel is interpreted on the CPU.
"""

from __future__ import annotations

import triton
import triton.language as tl

CATEGORICAL = tl.constexpr(0)
LOGISTIC = tl.constexpr(1)
CHUNK = tl.constexpr(256)  # outputs of the last layer computed at a time
EARLY_SIZE = tl.constexpr(64 * 64)  # elements of a matrix that registers have room for beforehand
MAX_LOG_SCALE = tl.constexpr(16.0)
ROUNDER = tl.constexpr(1.5 * 2.0**23)  # added and taken away, it leaves the nearest whole float32


@triton.jit
def _tile(ROWS: tl.constexpr, COLUMNS: tl.constexpr):
    """Where the elements of a matrix lie that is stored row by row."""
    return tl.arange(0, ROWS)[:, None] * COLUMNS + tl.arange(0, COLUMNS)[None, :]


# ---------------------------------------------------------------------------- parts of the network


@triton.jit
def _first_layer(
    recent, now, table, first_bias,
    KERNEL: tl.constexpr, SLOTS: tl.constexpr, TABLE_ROWS: tl.constexpr, RESIDUAL: tl.constexpr,
):  # fmt: skip
    """The bias and, for each past sample, its row of the table, or its value times the row."""
    channel = tl.arange(0, RESIDUAL)
    x = tl.load(first_bias + channel)
    for tap in tl.static_range(KERNEL):
        value = tl.load(recent + ((now - (KERNEL - tap)) & (SLOTS - 1)))
        rows = table + tap * TABLE_ROWS * RESIDUAL
        if TABLE_ROWS > 1:
            x += tl.load(rows + value.to(tl.int32) * RESIDUAL + channel)
        else:
            x += value * tl.load(rows + channel)
    return x


@triton.jit
def _period_ago(
    recent, now, lag, table,
    TAPS: tl.constexpr, SLOTS: tl.constexpr, TABLE_ROWS: tl.constexpr, RESIDUAL: tl.constexpr,
):  # fmt: skip
    """What the samples around the time ``now - lag`` contribute; nothing where the lag is 0."""
    channel = tl.arange(0, RESIDUAL)
    total = tl.zeros([RESIDUAL], tl.float32)
    for tap in tl.static_range(TAPS):
        value = tl.load(recent + ((now - lag + tap - TAPS // 2) & (SLOTS - 1)))
        rows = table + tap * TABLE_ROWS * RESIDUAL
        if TABLE_ROWS > 1:
            total += tl.load(rows + value.to(tl.int32) * RESIDUAL + channel)
        else:
            total += value * tl.load(rows + channel)
    return tl.where(lag > 0, total, 0.0)


@triton.jit
def _gate_conditions(
    values, layer_step, weights, HALF: tl.constexpr, UNITS: tl.constexpr, TAPS: tl.constexpr
):
    """The conditions of both halves of the gates now, their biases included."""
    unit = tl.arange(0, UNITS)
    there = unit < HALF
    filtered = tl.load(values + unit, mask=there, other=0.0)
    gate = tl.load(values + HALF + unit, mask=there, other=0.0)
    if TAPS > 1:
        weight = tl.load(weights)
        filtered, gate = weight * filtered, weight * gate
    for tap in tl.static_range(1, TAPS):
        weight = tl.load(weights + tap)
        filtered += weight * tl.load(values + tap * layer_step + unit, mask=there, other=0.0)
        gate += weight * tl.load(values + tap * layer_step + HALF + unit, mask=there, other=0.0)
    return filtered, gate


@triton.jit
def _convolve(
    x, ring, now, dilation, mask, matrices,
    KERNEL: tl.constexpr, RESIDUAL: tl.constexpr, UNITS: tl.constexpr,
):  # fmt: skip
    """Both halves of the dilated convolution: the products of all taps, then one sum of each."""
    SIZE: tl.constexpr = RESIDUAL * UNITS
    tile, channel = _tile(RESIDUAL, UNITS), tl.arange(0, RESIDUAL)
    newest = matrices + 2 * (KERNEL - 1) * SIZE
    filtered = x[:, None] * tl.load(newest + tile).to(tl.float32)
    gate = x[:, None] * tl.load(newest + SIZE + tile).to(tl.float32)
    for tap in tl.static_range(KERNEL - 1):
        slot = (now - (KERNEL - 1 - tap) * dilation) & mask
        past = tl.load(ring + slot * RESIDUAL + channel)[:, None]
        there = matrices + 2 * tap * SIZE + tile
        filtered += past * tl.load(there).to(tl.float32)
        gate += past * tl.load(there + SIZE).to(tl.float32)
    return tl.sum(filtered, axis=0), tl.sum(gate, axis=0)


@triton.jit
def _outs(start, RESIDUAL: tl.constexpr, SKIP: tl.constexpr, UNITS: tl.constexpr):
    """The matrices of a layer's two outputs, (residual, unit) and (skip, unit)."""
    skip = start + RESIDUAL * UNITS
    return tl.load(start + _tile(RESIDUAL, UNITS)), tl.load(skip + _tile(SKIP, UNITS))


@triton.jit
def _gated(filtered, gate):
    """tanh(filtered) sigmoid(gate), without overflow; to a rounding of 1 where tanh is small."""
    two, one = tl.exp(-2.0 * tl.abs(filtered)), tl.exp(-tl.abs(gate))
    above = tl.where(filtered >= 0, 1.0 - two, two - 1.0) * tl.where(gate >= 0, 1.0, one)
    return above / ((1.0 + two) * (1.0 + one))


@triton.jit
def _product(x, matrix):
    """x (in) times a matrix (out, in)."""
    return tl.sum(x[None, :] * matrix.to(tl.float32), axis=1)


@triton.jit
def _params(hidden, part, last, last_bias, SIZE: tl.constexpr, HIDDEN: tl.constexpr):
    """SIZE outputs of the last layer, from output ``part * SIZE`` on."""
    matrix = tl.load(last + part * SIZE * HIDDEN + _tile(SIZE, HIDDEN))
    return tl.load(last_bias + part * SIZE + tl.arange(0, SIZE)) + _product(hidden, matrix)


# ------------------------------------------------------------------------------------------- draws


@triton.jit
def _pick(logits, uniform, temperature, COUNT: tl.constexpr, SIZE: tl.constexpr):
    """The smallest class whose cumulative probability is above the uniform, sums in float64."""
    number = tl.arange(0, SIZE)
    logits = tl.where(number < COUNT, logits, float("-inf"))
    weights = tl.exp((logits - tl.max(logits, axis=0)) / temperature).to(tl.float64)
    wanted = uniform.to(tl.float64) * tl.sum(weights, axis=0)
    below = (tl.cumsum(weights, axis=0) <= wanted) & (number < COUNT - 1)
    return tl.sum(below.to(tl.int32), axis=0)


@triton.jit
def _draw_class(
    hidden, last, last_bias, logits, uniform, temperature,
    CLASSES: tl.constexpr, SIZE: tl.constexpr, HIDDEN: tl.constexpr,
):  # fmt: skip
    """A class; where there are many, their logits go through memory, a chunk at a time."""
    if SIZE > CHUNK:
        for part in range(SIZE // CHUNK):
            some = _params(hidden, part, last, last_bias, CHUNK, HIDDEN)
            tl.store(logits + part * CHUNK + tl.arange(0, CHUNK), some)
        tl.debug_barrier()
        all_logits = tl.load(logits + tl.arange(0, SIZE))
    else:
        all_logits = _params(hidden, 0, last, last_bias, SIZE, HIDDEN)
    return _pick(all_logits, uniform, temperature, CLASSES, SIZE).to(tl.float32)


@triton.jit
def _draw_value(
    hidden, last, last_bias, uniform, base, temperature, min_log_scale,
    KIND: tl.constexpr, MIXTURES: tl.constexpr, SIZE: tl.constexpr, LEVELS: tl.constexpr,
    HIDDEN: tl.constexpr,
):  # fmt: skip
    """A symbol of a mixture, and the value that it stands for."""
    logits = _params(hidden, 0, last, last_bias, SIZE, HIDDEN)
    means = _params(hidden, 1, last, last_bias, SIZE, HIDDEN)
    log_scales = _params(hidden, 2, last, last_bias, SIZE, HIDDEN)
    chosen = tl.arange(0, SIZE) == _pick(logits, uniform, temperature, MIXTURES, SIZE)
    mean = tl.sum(tl.where(chosen, means, 0.0), axis=0)
    log_scale = tl.sum(tl.where(chosen, log_scales, 0.0), axis=0)
    log_scale = tl.minimum(tl.maximum(log_scale, min_log_scale), MAX_LOG_SCALE)
    value = mean + tl.exp(log_scale) * (temperature * base)
    value = tl.minimum(tl.maximum(value, -1.0), 1.0)
    symbol = value
    if KIND == LOGISTIC:
        HALF: tl.constexpr = LEVELS // 2
        symbol = tl.minimum((value * HALF + ROUNDER) - ROUNDER + HALF, LEVELS - 1.0)
        value = (symbol - HALF) / HALF
    return symbol, value


# ---------------------------------------------------------------------------------------- the loop


@triton.jit(do_not_specialize=["batch", "count", "time", "place", "hop"])
def draw_samples(
    noise, drawn, recent, rings, logits, conditions, upsampler,
    lags, table, first_bias, lagged, matrices, residual_bias, skip_bias, hidden_matrix,
    hidden_bias, last, last_bias, dilations, ring_begins, ring_masks,
    batch, count, time, place, hop, temperature, min_log_scale,
    LAYERS: tl.constexpr, KERNEL: tl.constexpr, RESIDUAL: tl.constexpr, UNITS: tl.constexpr,
    HALF: tl.constexpr, SKIP: tl.constexpr, TABLE_ROWS: tl.constexpr, PARAMS: tl.constexpr,
    COUNT: tl.constexpr, KIND: tl.constexpr, LEVELS: tl.constexpr, NOISE_SIZE: tl.constexpr,
    TAPS: tl.constexpr, RING_SLOTS: tl.constexpr, RECENT_SLOTS: tl.constexpr,
    LAG_TAPS: tl.constexpr,
):  # fmt: skip
    """Draw ``count`` samples of every utterance.

    ``noise`` is (batch, count, NOISE_SIZE) and ``drawn`` (batch, count), float32. ``recent``
    (batch, RECENT_SLOTS) and ``rings`` (batch, RING_SLOTS, RESIDUAL) are the state, ``logits``
    (batch, PARAMS) is for intermediate results. ``conditions`` is (frame, TAPS, LAYERS, batch,
    2 HALF), ``upsampler`` (phase, TAPS); ``place`` is where in these frames the first sample lies;
    ``lags`` (sample, batch) of these frames say how far back LAG_TAPS more symbols are looked up.
    ``time`` counts samples, modulo a multiple of all rings. UNITS, RESIDUAL, SKIP and PARAMS are
    padded to powers of two; HALF is the number of gated units there are, COUNT that of classes or
    components.
    """
    row = tl.program_id(0).to(tl.int64)
    recent += row * RECENT_SLOTS
    rings += row * (RING_SLOTS * RESIDUAL)
    logits += row * PARAMS
    noise += row * count * NOISE_SIZE
    drawn += row * count
    channel, skip_channel = tl.arange(0, RESIDUAL), tl.arange(0, SKIP)
    MATRIX: tl.constexpr = RESIDUAL * UNITS
    LAYER: tl.constexpr = (2 * KERNEL + 1) * MATRIX + SKIP * UNITS
    EARLY: tl.constexpr = MATRIX <= EARLY_SIZE
    for index in range(count):
        now = time + index
        frame, phase = 0, 0
        if TAPS > 1:
            frame, phase = (place + index) // hop, (place + index) % hop
        x = _first_layer(recent, now, table, first_bias, KERNEL, RECENT_SLOTS, TABLE_ROWS, RESIDUAL)
        if LAG_TAPS > 0:
            lag = tl.load(lags + (place + index) * batch + row).to(tl.int32)
            x += _period_ago(recent, now, lag, lagged, LAG_TAPS, RECENT_SLOTS, TABLE_ROWS, RESIDUAL)
        skip = tl.load(skip_bias + skip_channel)
        for layer in range(LAYERS):
            own = rings + tl.load(ring_begins + layer) * RESIDUAL
            mask, dilation = tl.load(ring_masks + layer), tl.load(dilations + layer)
            values = conditions + ((frame * TAPS * LAYERS + layer) * batch + row) * (2 * HALF)
            filtered, gate = _gate_conditions(
                values, LAYERS * batch * (2 * HALF), upsampler + phase * TAPS, HALF, UNITS, TAPS
            )
            start = matrices + layer * LAYER
            outs = start + 2 * KERNEL * MATRIX
            if EARLY:  # on their way while the gates are summed
                to_residual, to_skip = _outs(outs, RESIDUAL, SKIP, UNITS)
            more = _convolve(x, own, now, dilation, mask, start, KERNEL, RESIDUAL, UNITS)
            tl.store(own + (now & mask) * RESIDUAL + channel, x)
            z = _gated(filtered + more[0], gate + more[1])
            if not EARLY:
                to_residual, to_skip = _outs(outs, RESIDUAL, SKIP, UNITS)
            x += tl.load(residual_bias + layer * RESIDUAL + channel) + _product(z, to_residual)
            skip += _product(z, to_skip)
        matrix = tl.load(hidden_matrix + _tile(SKIP, SKIP))
        hidden = tl.sum(tl.maximum(skip, 0.0)[:, None] * matrix, axis=0)
        hidden = tl.maximum(hidden + tl.load(hidden_bias + skip_channel), 0.0)
        uniform = tl.load(noise + index * NOISE_SIZE)
        if KIND == CATEGORICAL:
            symbol = _draw_class(
                hidden, last, last_bias, logits, uniform, temperature, COUNT, PARAMS, SKIP
            )
            value = symbol
        else:
            base = tl.load(noise + index * NOISE_SIZE + NOISE_SIZE - 1)
            symbol, value = _draw_value(
                hidden, last, last_bias, uniform, base, temperature, min_log_scale,
                KIND, COUNT, PARAMS, LEVELS, SKIP,
            )  # fmt: skip
        tl.store(drawn + index, symbol)
        tl.store(recent + (now & (RECENT_SLOTS - 1)), value)
        tl.debug_barrier()
