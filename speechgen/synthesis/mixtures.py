"""Several voices as one: the average of references to a person, or a mixture of persons.

Vectors are averaged and brought to the length that they have on average, mean F0 is averaged as the
ear hears it, in the log domain.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from speechgen.errors import ConfigError
from speechgen.synthesis.vector_files import names_in, split_key


def parts_of(reference: Any, names: Sequence[str] = ()) -> list[tuple[Any, float]]:
    """The voices that a reference consists of, and their weights, which sum to one.

    Parameters
    ----------
    reference
        One voice; or several, as ``"a.wav,b.wav"`` or a list of references, of one weight each; or
        with weights, as ``"A:0.7,B:0.3"`` or a mapping. What is a name of the model or a file
        as a whole is one voice, commas and colons included.
    names
        Those of the model's voices.

    Raises
    ------
    ConfigError
        There is no voice, or a weight is none.
    """
    if isinstance(reference, Mapping):
        parts = [(voice, _weight(value, voice)) for voice, value in reference.items()]
    elif _is_list_of_references(reference):
        parts = [part for one in reference for part in _written(one, names)]
    elif isinstance(reference, str):
        parts = _written(reference, names)
    else:
        parts = [(reference, 1.0)]
    if not parts:
        raise ConfigError("no voice is given; name a recording, a file of vectors or a voice")
    largest = max(weight for _, weight in parts)  # the sum of large ones may be infinite
    total = sum(weight / largest for _, weight in parts)
    return [(voice, weight / largest / total) for voice, weight in parts]


def mix(vectors: Sequence[np.ndarray], weights: Sequence[float]) -> np.ndarray:
    """The mean of vectors (feature,), as long as they are on average.

    Raises
    ------
    ConfigError
        They cancel each other.
    """
    if len(vectors) == 1:
        return vectors[0]
    mean = np.average(np.stack(vectors).astype(np.float64), axis=0, weights=weights)
    length = np.average([np.linalg.norm(vector) for vector in vectors], weights=weights)
    norm = np.linalg.norm(mean)
    if norm < 1e-6 * length:
        raise ConfigError("the voices to be mixed are opposite vectors and cancel each other")
    return np.asarray(mean * (length / norm), np.float32)


def mix_heights(heights: Sequence[float | None], weights: Sequence[float]) -> float | None:
    """The geometric mean of heights in Hz, of those that are known; None where none is."""
    pairs = [(h, weight) for h, weight in zip(heights, weights, strict=True) if h is not None]
    if not pairs:
        return None
    logs, known = zip(*((math.log(height), weight) for height, weight in pairs), strict=True)
    return math.exp(float(np.average(logs, weights=known)))


def _is_list_of_references(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(v, str | os.PathLike) for v in value)


def _written(reference: Path | str, names: Sequence[str]) -> list[tuple[Path | str, float]]:
    """A reference as it is typed: one voice, or several between commas, each with its weight."""
    if not isinstance(reference, str) or _is_one(reference, names):
        return [(reference, 1.0)]
    return [_weighted(part, names) for part in map(str.strip, reference.split(",")) if part]


def _weighted(part: str, names: Sequence[str]) -> tuple[str, float]:
    """``VOICE:WEIGHT``; without a number at its end a voice of weight 1."""
    voice, _, number = part.rpartition(":")
    if not voice or _is_one(part, names):
        return part, 1.0
    try:
        return voice, _weight(float(number), voice)
    except ValueError:
        return part, 1.0


def _is_one(text: str, names: Sequence[str]) -> bool:
    """Whether a text as a whole is a name of the model, a file, or a name in a file of vectors."""
    if text in names or (text and Path(text).exists()):
        return True
    path, key = split_key(text)
    return key is not None and path.is_file() and key in names_in(path)


def _weight(value: float, voice: Any) -> float:
    if not 0 < value < math.inf:
        raise ConfigError(f"{voice}: is mixed with a weight of {value}; give a number above 0")
    return float(value)
