"""Combining data directories, and splitting noises into training and test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from speechgen.data.kaldi.directory import DataDirectory
from speechgen.data.kaldi.preparing import prepare_noise
from speechgen.data.kaldi.reading import load_data_directory
from speechgen.data.kaldi.splitting import sentences, split_noise
from speechgen.data.kaldi.writing import write_data_directory
from speechgen.errors import DataError

_TEST_SHARE = 0.2


def combine_data(
    directories: Sequence[str | Path], out: str | Path, *, unlike: Sequence[str | Path] = ()
) -> DataDirectory:
    """Write one data directory with all utterances of several; the sounds stay where they are.

    Words and phones are kept where a directory has them; noisy versions, segments and durations
    where all of them do.

    Parameters
    ----------
    directories
        Data directories without an utterance id in common.
    out
        The data directory to write.
    unlike
        Data directories whose sentences are left out, whoever says them, as far as texts tell.

    Raises
    ------
    DataError
        An id is in two of them, or nothing is left.
    """
    parts = [load_data_directory(path) for path in directories]
    if unlike:
        held_out = {key for path in unlike for key in _said(load_data_directory(path)).values()}
        parts = [_without(part, held_out) for part in parts]
        if not any(part.ids for part in parts):
            raise DataError(f"{parts[0].path}: all of its sentences are among those left out")
    seen: dict[str, Path] = {}
    for part in parts:
        for name in part.ids:
            if name in seen:
                raise DataError(f"{name} is both in {seen[name]} and in {part.path}")
            seen[name] = part.path

    def joined(table_of: Callable[[DataDirectory], Any]) -> Any:
        tables = [table_of(part) for part in parts]
        if any(table is None for table in tables):
            return None
        return {key: value for table in tables for key, value in table.items()}

    def known(table_of: Callable[[DataDirectory], Any]) -> Any:
        tables = [table for table in map(table_of, parts) if table is not None]
        return {key: value for table in tables for key, value in table.items()} or None

    def absolute(files: dict[str, Path] | None) -> dict[str, Path] | None:
        return files and {name: file.absolute() for name, file in files.items()}

    return write_data_directory(
        out,
        joined(lambda part: absolute(part.wavs)),
        joined(lambda part: part.speakers),
        texts=known(lambda part: part.texts),
        noisy=joined(lambda part: absolute(part.noisy)),
        segments=joined(lambda part: part.segments),
        durations=joined(lambda part: part.durations),
        phones=known(lambda part: part.phones),
    )


def _said(data: DataDirectory) -> dict[str, str]:
    """What each utterance that has words says, as a key."""
    return {name: key for name, key in sentences(data).items() if not key.startswith("#")}


def _without(data: DataDirectory, held_out: set[str]) -> DataDirectory:
    said = _said(data)
    return data.subset(name for name in data.ids if said.get(name) not in held_out)


def prepare_noise_parts(
    root: str | Path,
    out: str | Path,
    *,
    held_out: Sequence[str] = (),
    valid: float = 0,
    seed: int = 0,
) -> dict[str, DataDirectory]:
    """Read a tree of noises into ``out/train``, ``out/test`` and, if asked for, ``out/valid``.

    The parts share no recording.

    Parameters
    ----------
    root
        The noises.
    out
        Gets the data directories.
    held_out
        Patterns, as :func:`speechgen.data.prepare_noise` takes them, of the noises for testing.
        Where none of them fits, a fifth of the recordings is drawn.
    valid
        How many recordings of those that are left are for validation, or which share of them.
    seed
        Of those draws.

    Raises
    ------
    DataError
        No sound, or nothing left for training.
    """
    out = Path(out)
    everything = prepare_noise(root, out / "all")
    if held_out:
        kept = prepare_noise(root, out / "heard", exclude=held_out)
        if len(kept) < len(everything):
            parts = split_noise(kept, out, valid=valid, test=0, seed=seed)
            return parts | {"test": prepare_noise(root, out / "test", only=held_out)}
    return split_noise(everything, out, valid=valid, test=_TEST_SHARE, seed=seed)
