"""What a voice file says for one converter: the match of the spectrum there, a tuned vector."""

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
    tuned
        (feature,) float32: what this converter is told in place of the vector; or None. The match
        is then that of this vector.
    """

    converter: str
    weights: str
    match: np.ndarray
    tuned: np.ndarray | None = None

    def tensors(self) -> dict[str, np.ndarray]:
        """Those of a file."""
        tuned = {} if self.tuned is None else {"tuned": self.tuned}
        return {"match": self.match, **tuned}

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
    if "match" not in tensors and "tuned" not in tensors:
        return None
    weights = facts.get("converter_weights", "")
    if "match" not in tensors or not weights:
        raise DataError(f"{where}: its match or what converter it is of is missing; embed again")
    match, tuned = tensors["match"], tensors.get("tuned")
    factor, offset = match
    if not ((factor > 0) & (factor <= _MOST_FACTOR) & (abs(offset) <= _MOST_OFFSET)).all():
        raise DataError(f"{where}: its match has numbers out of range; embed the voice again")
    if tuned is not None and (tuned.shape != tensors["vector"].shape or not tuned.any()):
        raise DataError(f"{where}: its tuned vector is of another length or all zeros; adapt again")
    if tuned is not None and not np.isfinite(tuned).all():
        raise DataError(f"{where}: its tuned vector holds NaN or infinity; adapt the voice again")
    return ConverterFit(facts.get("converter") or "another converter", weights, match, tuned)
