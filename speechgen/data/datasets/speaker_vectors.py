"""Speaker vectors of utterances, in files without pickles."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from speechgen.data.array_files import open_arrays
from speechgen.errors import DataError
from speechgen.files import atomic_path

_SHORTEST, _LONGEST = 1e-6, 1e6  # of vectors, whose direction float32 can tell
_EVIDENCE = ("seconds", "agreement", "f0_hz")


@dataclass(frozen=True)
class Excerpts:
    """Vectors of stretches of utterances, for speakers of whom there is but one utterance.

    Parameters
    ----------
    ids
        Utterance id of each row.
    spans
        (excerpt, 2) beginning and end of each, in seconds.
    vectors
        (excerpt, feature) float32.
    """

    ids: tuple[str, ...]
    spans: np.ndarray
    vectors: np.ndarray

    def __post_init__(self) -> None:
        count = len(self.ids)
        if self.spans.shape != (count, 2) or self.vectors.ndim != 2 or len(self.vectors) != count:
            raise DataError(
                f"{count} excerpts, spans of shape {self.spans.shape} and vectors of shape "
                f"{self.vectors.shape} do not fit; embed them again"
            )
        if not (np.isfinite(self.spans).all() and np.isfinite(self.vectors).all()):
            raise DataError("excerpts hold NaN or infinity; embed them again")

    def beside(self, utterance: str, begin_seconds: float, end_seconds: float) -> np.ndarray:
        """Row numbers of the excerpts of an utterance that share nothing with a stretch of it."""
        own = np.array(self.ids) == utterance
        apart = (self.spans[:, 1] <= begin_seconds) | (self.spans[:, 0] >= end_seconds)
        return np.flatnonzero(own & apart)


@dataclass(frozen=True)
class Evidence:
    """What each of a number of vectors rests on.

    Parameters
    ----------
    seconds
        (utterance,) of speech.
    agreement
        (utterance,) mean cosine between the vectors of windows of 2 s and their mean; NaN where
        there was one window.
    f0_hz
        (utterance,) geometric mean of F0 in Hz; 0 where nothing is voiced.
    """

    seconds: np.ndarray
    agreement: np.ndarray
    f0_hz: np.ndarray

    def __post_init__(self) -> None:
        shapes = {self.seconds.shape, self.agreement.shape, self.f0_hz.shape}
        if len(shapes) != 1 or self.seconds.ndim != 1:
            raise DataError("seconds, agreement and f0_hz of vectors do not fit; embed them again")
        if not (np.isfinite(self.f0_hz).all() and (self.f0_hz >= 0).all()):
            raise DataError("f0_hz of speaker vectors is no frequency; embed them again")


@dataclass(frozen=True)
class SpeakerVectors:
    """One vector for each utterance.

    Parameters
    ----------
    ids, speakers
        Utterance id and speaker id of each row.
    vectors
        (utterance, feature) float32.
    excerpts
        Vectors of stretches of some of the utterances, or None.
    evidence
        What the vectors rest on, or None where that is not known.
    """

    ids: tuple[str, ...]
    speakers: tuple[str, ...]
    vectors: np.ndarray
    excerpts: Excerpts | None = None
    evidence: Evidence | None = None

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or len(self.ids) != len(self.vectors):
            raise DataError(
                f"{len(self.ids)} ids and vectors of shape {self.vectors.shape} do not fit; "
                "there should be one row for each id"
            )
        if len(self.speakers) != len(self.ids) or len(set(self.ids)) != len(self.ids):
            raise DataError("speaker vectors need one speaker and one unique id for each row")
        if not np.isfinite(self.vectors).all():
            raise DataError("speaker vectors hold NaN or infinity; make them again")
        if self.excerpts is not None and self.excerpts.vectors.shape[1] != self.num_features:
            raise DataError("speaker vectors and excerpts differ in size; make them again")
        if self.evidence is not None and len(self.evidence.seconds) != len(self.ids):
            raise DataError("speaker vectors and what they rest on differ in number; embed again")

    @property
    def num_features(self) -> int:
        """Entries of a vector."""
        return int(self.vectors.shape[1])

    @property
    def speaker_names(self) -> list[str]:
        """Each speaker once, sorted."""
        return sorted(set(self.speakers))

    def rows_of(self, speaker: str) -> np.ndarray:
        """Row numbers of a speaker's utterances.

        Raises
        ------
        DataError
            No such speaker.
        """
        rows = np.flatnonzero(np.array(self.speakers) == speaker)
        if not len(rows):
            raise DataError(
                f"no vector of speaker {speaker}; there are {', '.join(self.speaker_names[:8])}"
            )
        return rows

    def of_utterance(self, utterance: str) -> np.ndarray:
        """The vector of one utterance, (feature,)."""
        if utterance not in self.ids:
            raise DataError(f"no vector of utterance {utterance}; embed it first")
        return self.vectors[self.ids.index(utterance)]

    def mean_of(self, speaker: str) -> np.ndarray:
        """The speaker's mean vector, scaled to unit length, (feature,)."""
        mean = self.vectors[self.rows_of(speaker)].mean(axis=0)
        return (mean / max(float(np.linalg.norm(mean)), 1e-12)).astype(np.float32)

    def f0_of(self, rows: np.ndarray) -> float | None:
        """Geometric mean of the F0 of utterances by their rows, in Hz; None where it is unknown."""
        if self.evidence is None:
            return None
        known = self.evidence.f0_hz[rows]
        known = known[known > 0]
        return float(np.exp(np.log(known).mean())) if len(known) else None


def save_vectors(path: str | Path, vectors: SpeakerVectors, *, overwrite: bool = True) -> None:
    """Write an .npz with the arrays ``ids``, ``speakers`` (text) and ``vectors`` (float32).

    Excerpts are three more: ``excerpt_ids``, ``excerpt_spans``, ``excerpt_vectors``. So is what
    the vectors rest on: ``seconds``, ``agreement``, ``f0_hz``.
    """
    arrays: dict[str, Any] = {
        "ids": np.array(vectors.ids, dtype=np.str_),
        "speakers": np.array(vectors.speakers, dtype=np.str_),
        "vectors": vectors.vectors.astype(np.float32),
    }
    if vectors.excerpts is not None:
        arrays |= {
            "excerpt_ids": np.array(vectors.excerpts.ids, dtype=np.str_),
            "excerpt_spans": vectors.excerpts.spans.astype(np.float64),
            "excerpt_vectors": vectors.excerpts.vectors.astype(np.float32),
        }
    if vectors.evidence is not None:
        arrays |= {name: getattr(vectors.evidence, name).astype(np.float32) for name in _EVIDENCE}
    with atomic_path(path, overwrite=overwrite) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)


def load_vectors(path: str | Path) -> SpeakerVectors:
    """Load an .npz of :func:`save_vectors`, or an .npy of one vector or one a row.

    The rows of an .npy are named after the file.

    Raises
    ------
    DataError
        The file is missing, holds pickles, or is not what it should be, such as vectors of length
        0.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path}: no such file; make it with: speechgen embed")
    with open_arrays(path) as arrays:
        if arrays.names == [""]:
            table = _from_rows(np.atleast_2d(_floats(arrays[""], path)), path.stem)
            check_lengths(table.vectors, path)
            return table
        if not {"ids", "speakers", "vectors"} <= set(arrays.names):
            raise DataError(f"{path}: lacks ids, speakers or vectors; use speechgen embed")
        ids, speakers = (_words(arrays[name], path) for name in ("ids", "speakers"))
        excerpts = None
        if {"excerpt_ids", "excerpt_spans", "excerpt_vectors"} <= set(arrays.names):
            excerpts = Excerpts(
                _words(arrays["excerpt_ids"], path),
                _floats(arrays["excerpt_spans"], path),
                _floats(arrays["excerpt_vectors"], path),
            )
        evidence = None
        if set(_EVIDENCE) <= set(arrays.names):
            evidence = Evidence(*(_floats(arrays[name], path) for name in _EVIDENCE))
        table = SpeakerVectors(ids, speakers, _floats(arrays["vectors"], path), excerpts, evidence)
    check_lengths(table.vectors, path)
    return table


def check_lengths(vectors: np.ndarray, where: object) -> None:
    """Refuse finite vectors (vector, feature) that no model could tell a voice from (DataError)."""
    with np.errstate(over="ignore"):
        lengths = np.linalg.norm(vectors.astype(np.float64), axis=1)
    for length in lengths[(lengths < _SHORTEST) | (lengths > _LONGEST)]:
        raise DataError(
            f"{where}: holds a vector of length {length:.2g}, which is not a voice; those of "
            "speaker encoders are about 1 long: embed it again"
        )


def _words(array: np.ndarray, path: Path) -> tuple[str, ...]:
    if array.ndim != 1:
        raise DataError(f"{path}: holds ids or speakers of shape {array.shape}, not a list")
    return tuple(map(str, array))


def _from_rows(rows: np.ndarray, name: str) -> SpeakerVectors:
    ids = [name] if len(rows) == 1 else [f"{name}-{i:04d}" for i in range(len(rows))]
    return SpeakerVectors(tuple(ids), (name,) * len(rows), rows)


def _floats(array: np.ndarray, path: Path) -> np.ndarray:
    if array.dtype.kind not in "fiu" or array.size == 0:
        raise DataError(f"{path}: holds {array.dtype} of shape {array.shape}, not vectors")
    return array.astype(np.float32)
