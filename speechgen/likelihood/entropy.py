"""Entropy coding of integers (rANS).

Range asymmetric numeral systems, J. Duda, arXiv:1311.2540, section 3.3. All symbols are folded into
one whole number, the state: one of frequency f out of M makes it M / f times larger, and
whenever it grows too large its lowest 16 bits go out::

    encode    x -> (x div f) M + start + (x mod f)      decode    slot = x mod M names the symbol,
                                                                  x -> f (x div M) + slot - start

Decoding undoes the steps in reverse, so encoding begins with the last symbol. Everything is exact
arithmetic of whole numbers; the bytes differ from the ideal length by 6 bytes at most, and by what
rounding the probabilities to frequencies costs.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence

import numpy as np

from speechgen.errors import DataError

PRECISION = 16  # bits of a frequency; those of a table add up to 2 ** PRECISION
_LOWEST = 2**32  # between symbols the state is at least this, and below 65,536 times it
_STATE_BYTES, _WORD_BYTES = 6, 2


def frequencies(probabilities: np.ndarray) -> np.ndarray:
    """Tables of probabilities (table, symbol) as whole numbers of 1 or more that add up to 2**16.

    Every symbol keeps a frequency, however improbable, so that all can be coded.

    Raises
    ------
    ValueError
        A table has a negative or no probability at all, or more symbols than frequencies.
    """
    tables, symbols = probabilities.shape
    total = 2**PRECISION
    probabilities = np.asarray(probabilities, dtype=np.float64)
    sums = probabilities.sum(axis=1, keepdims=True)
    if not (np.isfinite(probabilities).all() and (probabilities >= 0).all() and (sums > 0).all()):
        raise ValueError("tables need probabilities of 0 or more, and a sum above 0")
    if symbols > total // 2:
        raise ValueError(f"{symbols} symbols are too many for frequencies of {PRECISION} bits")
    free = total - symbols
    shares = probabilities / sums * free
    whole = np.floor(shares).astype(np.int64)
    order = np.argsort(whole - shares, axis=1, kind="stable")  # largest remainders first
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.broadcast_to(np.arange(symbols), order.shape), axis=1)
    missing = free - whole.sum(axis=1, keepdims=True)
    return whole + (rank < missing) + np.ones((tables, 1), dtype=np.int64)


def ideal_bits(symbols: Sequence[int], tables: Sequence[int], counts: np.ndarray) -> float:
    """Ideal code length of the symbols by their ``counts``: -sum log2(f / 2**16)."""
    chosen = counts[np.asarray(tables, dtype=np.int64), np.asarray(symbols, dtype=np.int64)]
    return float(PRECISION * len(chosen) - np.log2(chosen).sum())


def encode(symbols: Sequence[int], tables: Sequence[int], counts: np.ndarray) -> bytes:
    """The bytes of ``symbols``.

    Parameters
    ----------
    symbols
        Whole numbers from 0.
    tables
        For each symbol, by which row of ``counts`` it is coded.
    counts
        (table, symbol), from :func:`frequencies`.

    Raises
    ------
    ValueError
        A symbol is in no table, or there are more symbols than tables.
    """
    rows, starts = counts.tolist(), _starts(counts)
    state, words = _LOWEST, []
    for symbol, table in zip(reversed(symbols), reversed(tables), strict=True):
        if not 0 <= symbol < len(rows[table]):
            raise ValueError(f"symbol {symbol} is in no table of {len(rows[table])}")
        count = rows[table][symbol]
        if state >= count << (48 - PRECISION):  # it would leave its range
            words.append(state & 0xFFFF)
            state >>= 16
        state = (state // count << PRECISION) + starts[table][symbol] + state % count
    head = state.to_bytes(_STATE_BYTES, "big")
    return head + b"".join(word.to_bytes(_WORD_BYTES, "big") for word in reversed(words))


def decode(data: bytes, tables: Sequence[int], counts: np.ndarray) -> list[int]:
    """The symbols behind ``data``; ``tables`` and ``counts`` as they were for :func:`encode`.

    Raises
    ------
    DataError
        The bytes are not those of such symbols: cut short, or changed.
    """
    if len(data) < _STATE_BYTES or (len(data) - _STATE_BYTES) % _WORD_BYTES:
        raise DataError(f"{len(data)} bytes cannot be coded symbols; the data is cut short")
    rows, starts = counts.tolist(), _starts(counts)
    state, place = int.from_bytes(data[:_STATE_BYTES], "big"), _STATE_BYTES
    symbols, mask = [], 2**PRECISION - 1
    for table in tables:
        slot = state & mask
        symbol = bisect.bisect_right(starts[table], slot) - 1
        symbols.append(symbol)
        state = rows[table][symbol] * (state >> PRECISION) + slot - starts[table][symbol]
        if state < _LOWEST and place < len(data):
            state = (state << 16) | int.from_bytes(data[place : place + _WORD_BYTES], "big")
            place += _WORD_BYTES
    if state != _LOWEST or place != len(data):
        raise DataError("the coded symbols are damaged, or were coded with other tables")
    return symbols


def _starts(counts: np.ndarray) -> list[list[int]]:
    """Where each symbol's slots begin: (table, symbol)."""
    if (counts < 1).any() or (counts.sum(axis=1) != 2**PRECISION).any():
        raise ValueError(f"counts of a table are 1 or more and add up to {2**PRECISION}")
    starts: list[list[int]] = (np.cumsum(counts, axis=1) - counts).tolist()
    return starts
