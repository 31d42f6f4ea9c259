"""Joining tables by id: unmatched ids are an error with a count, never dropped silently."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from speechgen.data.kaldi.directory import in_byte_order
from speechgen.errors import DataError


def join_by_id(
    left: Mapping[str, Any], right: Mapping[str, Any], left_name: str, right_name: str
) -> list[str]:
    """The ids of two tables that must have the same ones, in byte order.

    Parameters
    ----------
    left, right
        Tables by id.
    left_name, right_name
        What to call them in an error.

    Raises
    ------
    DataError
        Ids without a partner: how many on each side, and the first.
    """
    alone = (in_byte_order(left.keys() - right.keys()), in_byte_order(right.keys() - left.keys()))
    if alone[0] or alone[1]:
        parts = [
            f"{len(ids)} of {len(table)} in {name} have no partner ({ids[0]} first)"
            for ids, table, name in zip(alone, (left, right), (left_name, right_name), strict=True)
            if ids
        ]
        raise DataError("; ".join(parts) + "; every id must be on both sides")
    return in_byte_order(left)
