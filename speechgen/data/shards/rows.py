"""What is known of the utterances of a shard: ``NAME.npz`` beside ``NAME.tar``, a row for each."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from speechgen.data.array_files import open_arrays
from speechgen.errors import DataError
from speechgen.files import atomic_path

_WHOLE, _REAL = np.uint64, np.float64


@dataclass(frozen=True)
class Sounds:
    """One side of every utterance of a shard, an array (row,) each.

    Attributes
    ----------
    start, size, crc
        Where in the tar its bytes begin, how many there are, and their CRC-32.
    sample_rate, num_samples
        In Hz, and of each channel.
    level, peak
        Active level and largest magnitude of the mean of its channels, full scale at 1.
    """

    start: np.ndarray
    size: np.ndarray
    crc: np.ndarray
    sample_rate: np.ndarray
    num_samples: np.ndarray
    level: np.ndarray
    peak: np.ndarray

    def lengths_at(self, sample_rate: int) -> np.ndarray:
        """Samples of each once it is resampled."""
        own = self.sample_rate.astype(np.int64)
        return -(-self.num_samples.astype(np.int64) * sample_rate // own)


@dataclass(frozen=True)
class ShardRows:
    """The utterances of a shard in the order of its tar.

    Attributes
    ----------
    ids, speakers
        (row,) of UTF-8 bytes.
    clean
        The recordings.
    noisy
        Their noisy versions; None where the shard has none.
    facts_start, facts_size
        Where the JSON of each is; a size of 0 where there is none.
    phone_places, symbol_places
        Frames that its phones (those that are alike need one more between them), or its symbols
        without marks, need at least; 0 without any.
    phone_names
        (phone,) of UTF-8 bytes: every phone that is said in it, sorted.
    """

    ids: np.ndarray
    speakers: np.ndarray
    clean: Sounds
    noisy: Sounds | None
    facts_start: np.ndarray
    facts_size: np.ndarray
    phone_places: np.ndarray
    symbol_places: np.ndarray
    phone_names: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def seconds(self) -> float:
        """Of all its recordings."""
        return float((self.clean.num_samples / self.clean.sample_rate).sum())


_PLAIN = ("facts_start", "facts_size", "phone_places", "symbol_places")
_REALS = ("level", "peak")
_SIDE = {one.name: _REAL if one.name in _REALS else _WHOLE for one in fields(Sounds)}


def save_rows(path: Path, rows: ShardRows) -> None:
    """Write them, beside the place first; :class:`OutputError` where the disk refuses."""
    arrays: dict[str, Any] = {"ids": rows.ids, "speakers": rows.speakers}
    arrays |= {"phones": rows.phone_names} | {
        name: getattr(rows, name).astype(_WHOLE) for name in _PLAIN
    }
    for side, sounds in (("clean", rows.clean), ("noisy", rows.noisy)):
        if sounds is not None:
            arrays |= {f"{side}_{k}": getattr(sounds, k).astype(t) for k, t in _SIDE.items()}
    with atomic_path(path, overwrite=True) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)


def load_rows(path: Path, count: int | None, num_bytes: int) -> ShardRows:
    """Read what :func:`save_rows` has written, for a tar of ``num_bytes``.

    ``count`` is how many rows there should be; None for as many as there are.

    Raises
    ------
    DataError
        The file is missing or damaged, does not hold ``count`` rows, or names places that the tar
        does not have.
    """
    with open_arrays(path) as arrays:
        names = set(arrays.names)
        count = len(np.atleast_1d(arrays["ids"])) if count is None else count

        def column(name: str, kind: Any) -> np.ndarray:
            array = arrays[name]
            if array.shape != (count,) or not np.issubdtype(array.dtype, kind):
                raise DataError(
                    f"{path}: {name!r} is {array.dtype} of shape {array.shape}, where there are "
                    f"{count} utterances; write the index anew"
                )
            return array

        def side(name: str) -> Sounds:
            sounds = Sounds(**{key: column(f"{name}_{key}", kind) for key, kind in _SIDE.items()})
            _check_places(path, sounds.start, sounds.size, num_bytes)
            if not (sounds.sample_rate.all() and sounds.num_samples.all()):
                raise DataError(f"{path}: names sounds without samples; write the index anew")
            return sounds

        plain = {name: column(name, _WHOLE) for name in _PLAIN}
        _check_places(path, plain["facts_start"], plain["facts_size"], num_bytes)
        return ShardRows(
            ids=column("ids", np.bytes_),
            speakers=column("speakers", np.bytes_),
            clean=side("clean"),
            noisy=side("noisy") if "noisy_start" in names else None,
            phone_names=_words(path, arrays["phones"]),
            **plain,
        )


def _words(path: Path, array: np.ndarray) -> np.ndarray:
    if array.ndim != 1 or (len(array) and array.dtype.kind != "S"):
        raise DataError(f"{path}: 'phones' is {array.dtype}, no list; write the index anew")
    return array


def _check_places(path: Path, start: np.ndarray, size: np.ndarray, num_bytes: int) -> None:
    if len(start) and ((start > num_bytes) | (size > num_bytes) | (start + size > num_bytes)).any():
        raise DataError(f"{path}: names places that its tar does not have; write the index anew")
