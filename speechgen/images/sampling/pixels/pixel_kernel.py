"""One pixel of a gated PixelCNN by numba (arXiv:1606.05328, figure 2, the horizontal stack)."""

from __future__ import annotations

import math

import numba
import numpy as np

_ORDER_IS_FREE = {"contract", "reassoc", "nsz"}  # of sums; infinities and NaN stay what they are


@numba.njit(cache=True, fastmath=_ORDER_IS_FREE)
def pixel_outputs(seen, column, rows, bases, weights):
    """Outputs (image, output) of the pixel in ``column`` of every image.

    Parameters
    ----------
    seen
        (image, channel) of the pixel, as the network sees it.
    rows
        Of each block (image, left + width, channel in): what it has of the row; the pixel's is put
        there.
    bases
        Of each block (image, width, gate).
    weights
        Matrices (tap * channel in, gate), (channel, channel) and biases (channel,) of each block;
        matrix and bias of the two layers behind.
    """
    results = np.empty((len(seen), len(weights[6])), seen.dtype)
    for image in range(len(seen)):
        _one_pixel(seen[image], image, column, rows, bases, weights, results[image])
    return results


@numba.njit(cache=True, fastmath=_ORDER_IS_FREE)
def draw_binary_row(drawn, noise, known, temperature, rows, bases, weights):
    """Draw a row of black-and-white images, ``drawn`` (image, width), where it is not ``known``.

    As :meth:`.Bernoulli.sample`: 1 where ``noise`` (image, width) lies in the upper p(1) of [0, 1).
    """
    seen, logit = np.empty(1, drawn.dtype), np.empty(1, drawn.dtype)
    first = rows[0]
    left = first.shape[1] - drawn.shape[1]
    for image in range(len(drawn)):
        for column in range(drawn.shape[1]):
            if not known[image, column]:
                seen[0] = -1.0  # hidden from itself
                _one_pixel(seen, image, column, rows, bases, weights, logit)
                absent = 1.0 / (1.0 + math.exp(logit[0] / temperature))
                drawn[image, column] = noise[image, column] >= absent
            else:
                seen[0] = 2.0 * drawn[image, column] - 1.0
                _one_pixel(seen, image, column, rows, bases, weights, logit)
            first[image, left + column, 0] = 2.0 * drawn[image, column] - 1.0


@numba.njit(cache=True, fastmath=_ORDER_IS_FREE)
def _one_pixel(seen, image, column, rows, bases, weights, result):
    """Outputs of one pixel of one image into ``result``."""
    matrices, outs, out_biases, hidden, hidden_bias, last, last_bias = weights
    channels = len(outs[0])
    gates, gated = np.empty(2 * channels, seen.dtype), np.empty(channels, seen.dtype)
    h, inner = np.empty(channels, seen.dtype), hidden_bias.copy()
    for block in range(len(rows)):
        row, base = rows[block][image], bases[block][image]
        row[len(row) - len(base) + column] = seen if block == 0 else h
        gates[:] = base[column]
        _add_product(row[column:].ravel(), matrices[block], gates)
        for i in range(channels):
            opened = 1 / (1 + math.exp(-gates[channels + i]))
            gated[i] = math.tanh(gates[i]) * opened
        if block == 0:  # the strict one, without a residual
            h[:] = 0
        h += out_biases[block]
        _add_product(gated, outs[block], h)
    _add_product(np.maximum(h, 0), hidden, inner)
    result[:] = last_bias
    _add_product(np.maximum(inner, 0), last, result)


@numba.njit(cache=True, fastmath=_ORDER_IS_FREE)
def _add_product(x, matrix, y):
    """``y += x[: len(matrix)] @ matrix``."""
    for i in range(len(matrix)):
        value = x[i]
        for j in range(len(y)):
            y[j] += value * matrix[i, j]
