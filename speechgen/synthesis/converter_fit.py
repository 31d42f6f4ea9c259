"""What a voice file says for one converter: the match of the average spectrum there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from speechgen.errors import DataError

_MOST_FACTOR, _MOST_OFFSET = 100.0, 100.0


@dataclass(frozen=True)
class ConverterFit:
    """How a voice is spoken by one converter.

    Attributes
    ----------
    converter
        What it is called, for messages.
    weights
        The hash of its weights (:func:`speechgen.store.weights_hash.weights_hash`); the rest is of
        no use to any other.
    match
        (2, mel) float32, factor and offset of each band
        (:func:`speechgen.models.converter.spectral_match.matched`).
    """

    converter: str
    weights: str
    match: np.ndarray

    def facts(self) -> dict[str, str]:
        """The metadata of a file."""
        return {"converter": self.converter, "converter_weights": self.weights}


def fit_in(
    tensors: Mapping[str, np.ndarray], facts: Mapping[str, str], where: object
) -> ConverterFit | None:
    """The fit that the tensors and the metadata of a voice file are, or None where there is none.

    Raises
    ------
    DataError
        They are no fit.
    """
    if "match" not in tensors:
        return None
    weights, match = facts.get("converter_weights", ""), tensors["match"]
    if not weights:
        raise DataError(f"{where}: says not what converter its match is of; embed the voice again")
    factor, offset = match
    if not ((factor > 0) & (factor <= _MOST_FACTOR) & (abs(offset) <= _MOST_OFFSET)).all():
        raise DataError(f"{where}: its match has numbers out of range; embed the voice again")
    return ConverterFit(facts.get("converter") or "another converter", weights, match)
