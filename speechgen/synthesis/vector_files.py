"""Voices in files: vectors, and how high they speak where that is written down."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from speechgen.data import SpeakerVectors, load_vectors
from speechgen.data.array_files import open_arrays
from speechgen.errors import DataError
from speechgen.models.speaker.windows import mean_direction
from speechgen.synthesis.voice_file import VOICE_SUFFIX, load_voice

VECTOR_FILES = (".npy", ".npz", VOICE_SUFFIX)


def is_vector_file(path: Path | str) -> bool:
    """Whether a file is one of vectors, by its name."""
    return Path(path).suffix.lower() in VECTOR_FILES


def split_key(reference: Path | str) -> tuple[Path, str | None]:
    """``F.npz:NAME`` into file and name; anything else is a file without one."""
    text = str(reference)
    head, colon, tail = text.rpartition(":")
    if colon and tail and not Path(text).exists() and is_vector_file(head):
        return Path(head), tail
    return Path(text), None


def read_vector(path: Path | str, key: str | None = None) -> np.ndarray:
    """One vector out of an .npy, .npz or .safetensors file, read without pickles.

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
    table = _table(path)
    rows = _rows(table, path, key)
    return table.vectors[rows[0]] if len(rows) == 1 else mean_direction(table.vectors[rows])


def read_f0(path: Path | str, key: str | None = None) -> float | None:
    """Mean F0 (Hz) of the voice that :func:`read_vector` reads; None where it is not known."""
    path = Path(path)
    if path.suffix.lower() != VOICE_SUFFIX and not _is_table(path):
        return None
    table = _table(path)
    return table.f0_of(_rows(table, path, key))


def names_in(path: Path | str) -> set[str]:
    """What may stand as NAME in ``F.npz:NAME``."""
    path = Path(path)
    if path.suffix.lower() == ".npz" and not _is_table(path):
        with open_arrays(path) as arrays:
            return set(arrays.names)
    table = _table(path)
    return {*table.ids, *table.speakers}


def _table(path: Path) -> SpeakerVectors:
    return load_voice(path)[0] if path.suffix.lower() == VOICE_SUFFIX else load_vectors(path)


def _rows(table: SpeakerVectors, path: Path, key: str | None) -> np.ndarray:
    if key is None and len(table.speaker_names) == 1:
        key = table.speaker_names[0]
    if key in table.ids:
        return np.array([table.ids.index(key)])
    if key in table.speakers:
        return table.rows_of(key)
    names = ", ".join(table.speaker_names[:12]) + (" ..." if len(table.speaker_names) > 12 else "")
    if key is None:
        raise DataError(f"{path}: holds several voices; write {path}:NAME with one of: {names}")
    raise DataError(f"{path}: has no utterance or speaker {key!r}; speakers are: {names}")


def _is_table(path: Path) -> bool:
    if path.suffix.lower() != ".npz":
        return False
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
