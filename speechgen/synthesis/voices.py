"""Voices: from a recording, a file of vectors, a vector, or a name in the model."""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor, nn

from speechgen.audio import read_mono, to_array
from speechgen.data import load_vectors
from speechgen.data.array_files import open_arrays
from speechgen.errors import ConfigError, DataError, ModelError
from speechgen.synthesis.embedding import embed_wave, rate_of

Voice = Path | str | np.ndarray | Tensor | Sequence[float]
VECTOR_FILES = (".npy", ".npz")


def speaker_vector(reference: Voice, network: Any, encoder: nn.Module | None) -> np.ndarray:
    """The vector of the voice that ``reference`` means.

    Parameters
    ----------
    reference
        A name in the model's table; a vector (feature,), as an array, a tensor or a list; an .npy
        or .npz file, where ``F.npz:NAME`` picks an utterance, a speaker or an array of it; or a
        recording of the voice.
    network
        Its vector length and its speaker table.
    encoder
        Embeds a recording; needed for that only.

    Returns
    -------
    ndarray
        (feature,) float32.

    Raises
    ------
    ModelError
        The voice is unknown, or its vector does not fit the model.
    DataError, AudioError
        A file cannot be read, or there is no voice in it.
    """
    if not isinstance(reference, str | os.PathLike):
        return _checked(to_array(reference, "the vector given"), network, "the vector given")
    if isinstance(reference, str) and reference in network.speakers:
        vector = network.speaker_vector(reference).detach().cpu().numpy()
        return _checked(vector, network, f"voice {reference!r}")
    path, key = _split_key(reference)
    if path.suffix.lower() in VECTOR_FILES:
        return _checked(read_vector(path, key), network, str(reference))
    if not path.exists():
        raise ModelError(
            f"unknown voice {str(reference)!r}: neither a file nor one of the model's own voices,"
            f" which are: {_some(network.speakers, str(reference))}"
        )
    if encoder is None:
        raise ConfigError(f"{path}: a recording of a voice needs a speaker encoder")
    vector = embed_wave(read_mono(path, rate_of(encoder)), encoder, str(path))
    return _checked(vector, network, f"the speaker encoder's vector of {path}")


def _some(names: Sequence[str], wanted: str, most: int = 12) -> str:
    """The names, or those that are most like ``wanted`` where there are many."""
    if len(names) <= most:
        return ", ".join(names) or "none by name"
    near = difflib.get_close_matches(wanted, names, n=3) or list(names[:3])
    return f"{', '.join(near)} and {len(names) - len(near)} more"


def read_vector(path: Path | str, key: str | None = None) -> np.ndarray:
    """One vector out of an .npy or .npz file, read without pickles.

    Parameters
    ----------
    path
        The file: a vector, one vector a row, or what ``speechgen embed`` writes.
    key
        An utterance id, a speaker (whose mean is taken), or the name of an array. It may be left
        out where there is one vector, or one speaker.

    Returns
    -------
    ndarray
        (feature,).
    """
    path = Path(path)
    if path.suffix.lower() == ".npz" and not _is_table(path):
        return _named_array(path, key)
    table = load_vectors(path)
    if key is None and len(table.speaker_names) == 1:
        key = table.speaker_names[0]
    if key in table.ids:
        return table.of_utterance(key)
    if key in table.speakers:
        return table.mean_of(key)
    names = ", ".join(table.speaker_names[:12]) + (" ..." if len(table.speaker_names) > 12 else "")
    if key is None:
        raise DataError(f"{path}: holds several voices; write {path}:NAME with one of: {names}")
    raise DataError(f"{path}: has no utterance or speaker {key!r}; speakers are: {names}")


def _split_key(reference: Path | str) -> tuple[Path, str | None]:
    """``F.npz:NAME`` into file and name; anything else is a file without one."""
    text = str(reference)
    head, colon, tail = text.rpartition(":")
    if colon and tail and not Path(text).exists() and Path(head).suffix.lower() in VECTOR_FILES:
        return Path(head), tail
    return Path(text), None


def _is_table(path: Path) -> bool:
    with open_arrays(path) as arrays:
        return {"ids", "speakers", "vectors"} <= set(arrays.names)


def _named_array(path: Path, key: str | None) -> np.ndarray:
    with open_arrays(path) as arrays:
        names = arrays.names
        if names == [""]:
            raise DataError(f"{path}: is a single array under the name of an .npz; call it .npy")
        if key is None and len(names) == 1:
            key = names[0]
        if key not in names:
            known = ", ".join(names[:12]) or "none"
            raise DataError(f"{path}: write {path}:NAME with the name of an array, one of: {known}")
        return arrays[key]


def _checked(vector: np.ndarray, network: Any, where: str) -> np.ndarray:
    if not network.speaker_features:
        raise ModelError(f"{where}: this model takes no voice; leave --speaker out")
    if vector.dtype.kind not in "fiu":
        raise DataError(f"{where}: is of type {vector.dtype}, not a vector of numbers")
    vector = np.squeeze(vector)
    if vector.shape != (network.speaker_features,):
        raise ModelError(
            f"{where}: has shape {vector.shape}, but the model needs {network.speaker_features}"
            " numbers; embed the voice with the encoder the model was trained with (a recording of"
            " it is given as a file)"
        )
    if not np.isfinite(vector).all():
        raise DataError(f"{where}: holds NaN or infinity")
    if not np.any(vector):
        raise DataError(f"{where}: is all zeros, which is not a voice")
    return vector.astype(np.float32)
