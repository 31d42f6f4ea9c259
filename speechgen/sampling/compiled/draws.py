"""One symbol from the parameters of its distribution, under given base noise."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from speechgen.likelihood.mixture import MAX_LOG_SCALE
from speechgen.sampling.compiled.functions import exponentials

CATEGORICAL, LOGISTIC, GAUSSIAN = 0, 1, 2


@njit(nogil=True, error_model="numpy")
def draw_class(params, at, classes, padded, uniform, temperature):
    """The smallest class whose cumulative probability is above ``uniform``; params are lost."""
    largest = params[at]
    for index in range(at + 1, at + classes):
        largest = max(largest, params[index])
    exponentials(params, at, padded, largest, np.float32(1.0 / temperature))
    total = 0.0
    for index in range(at, at + classes):
        total += np.float64(params[index])
    wanted = np.float64(uniform) * total
    reached = 0.0
    for index in range(classes):
        reached += np.float64(params[at + index])
        if reached > wanted:
            return index
    return classes - 1


@njit(nogil=True, error_model="numpy")
def draw_component(params, at, mixtures, uniform, temperature):
    """A component of a mixture, by its logits."""
    largest = params[at]
    for index in range(1, mixtures):
        largest = max(largest, params[at + index])
    total = 0.0
    for index in range(mixtures):
        total += math.exp(np.float64(params[at + index] - largest) / temperature)
    wanted, reached = np.float64(uniform) * total, 0.0
    for index in range(mixtures):
        reached += math.exp(np.float64(params[at + index] - largest) / temperature)
        if reached > wanted:
            return index
    return mixtures - 1


@njit(nogil=True, error_model="numpy")
def draw_value(params, means, mixtures, component, base, min_log_scale, temperature):
    """mean + scale * temperature * base of one component, float32; log-scales follow the means."""
    mean, log_scale = params[means + component], params[means + mixtures + component]
    scale = math.exp(min(max(log_scale, min_log_scale), MAX_LOG_SCALE))
    return np.float32(mean + np.float32(scale * temperature) * base)


@njit(nogil=True, error_model="numpy")
def draw_symbol(
    kind, params, at, count, padded, mixtures, levels, uniform, base, min_log_scale, temperature
):
    """A symbol, and what the network sees of it: a row of its table, or a value."""
    if kind == CATEGORICAL:
        symbol = np.float32(draw_class(params, at, count, padded, uniform, temperature))
        return symbol, symbol
    component, means = 0, at + count - 2 * mixtures
    if means > at:  # a single Gaussian has no logits
        component = draw_component(params, at, mixtures, uniform, temperature)
    drawn = draw_value(params, means, mixtures, component, base, min_log_scale, temperature)
    if kind == LOGISTIC:
        half = np.float32(levels // 2)
        level = np.rint(drawn * half) + half
        level = min(max(level, np.float32(0.0)), np.float32(levels - 1))
        return level, (level - half) / half
    drawn = min(max(drawn, np.float32(-1.0)), np.float32(1.0))
    return drawn, drawn
