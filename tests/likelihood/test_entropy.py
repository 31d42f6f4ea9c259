"""Entropy coding: exact there and back, as short as the probabilities allow, damage is noticed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechgen.errors import DataError
from speechgen.likelihood.entropy import PRECISION, decode, encode, frequencies, ideal_bits


def some_tables(seed: int, tables: int = 3, symbols: int = 9) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.full(symbols, 0.3), tables)


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 2)), max_size=200), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_all_symbols_come_back(pairs: list[tuple[int, int]], seed: int) -> None:
    counts = frequencies(some_tables(seed))
    symbols, tables = [p[0] for p in pairs], [p[1] for p in pairs]
    data = encode(symbols, tables, counts)
    assert decode(data, tables, counts) == symbols
    assert 8 * len(data) <= ideal_bits(symbols, tables, counts) + 8 * 6 + 1


def test_the_length_is_the_information() -> None:
    rng = np.random.default_rng(0)
    probabilities = np.array([[0.9, 0.05, 0.04, 0.01], [0.25, 0.25, 0.25, 0.25]])
    tables = rng.integers(0, 2, 20000)
    symbols = np.where(
        tables == 0, rng.choice(4, 20000, p=probabilities[0]), rng.integers(0, 4, 20000)
    )
    counts = frequencies(probabilities)
    data = encode(symbols.tolist(), tables.tolist(), counts)
    wanted = -np.log2(probabilities[tables, symbols]).sum()
    assert 8 * len(data) == pytest.approx(wanted, rel=2e-3)
    assert ideal_bits(symbols.tolist(), tables.tolist(), counts) == pytest.approx(wanted, rel=1e-3)
    assert decode(data, tables.tolist(), counts) == symbols.tolist()


@given(st.integers(0, 999), st.integers(1, 40))
@settings(max_examples=40, deadline=None)
def test_frequencies_are_whole_positive_and_close(seed: int, symbols: int) -> None:
    probabilities = np.random.default_rng(seed).dirichlet(np.full(symbols, 0.2), 4)
    counts = frequencies(probabilities)
    assert counts.dtype == np.int64
    assert (counts >= 1).all()
    assert (counts.sum(axis=1) == 2**PRECISION).all()
    assert np.abs(counts / 2**PRECISION - probabilities).max() <= (symbols + 1) / 2**PRECISION


def test_the_improbable_can_be_coded_too() -> None:
    counts = frequencies(np.array([[1.0, 0.0, 0.0]]))
    symbols = [2, 0, 1, 0, 0]
    assert decode(encode(symbols, [0] * 5, counts), [0] * 5, counts) == symbols


def test_a_single_symbol_costs_nothing() -> None:
    counts = frequencies(np.array([[3.0]]))
    data = encode([0] * 1000, [0] * 1000, counts)
    assert len(data) == 6
    assert decode(data, [0] * 1000, counts) == [0] * 1000


@pytest.mark.parametrize("damage", ["cut", "odd", "longer", "flipped", "empty"])
def test_damaged_bytes_are_noticed(damage: str) -> None:
    counts = frequencies(some_tables(1))
    rng = np.random.default_rng(2)
    symbols, tables = rng.integers(0, 9, 300).tolist(), rng.integers(0, 3, 300).tolist()
    data = encode(symbols, tables, counts)
    spoilt = {
        "cut": data[:-2],
        "odd": data[:-1],
        "longer": data + b"\0\0",
        "flipped": data[:9] + bytes([data[9] ^ 16]) + data[10:],
        "empty": b"",
    }[damage]
    with pytest.raises(DataError):
        decode(spoilt, tables, counts)


def test_nonsense_is_refused() -> None:
    counts = frequencies(some_tables(1))
    with pytest.raises(ValueError, match="symbol 9"):
        encode([9], [0], counts)
    with pytest.raises(ValueError, match="add up"):
        encode([0], [0], counts * 2)
    with pytest.raises(ValueError, match="0 or more"):
        frequencies(np.array([[0.5, -0.5]]))
