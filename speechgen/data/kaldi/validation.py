"""Checking a Kaldi data directory, on request with the sound files that it names."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from speechgen.audio import info
from speechgen.data.kaldi.directory import DataDirectory
from speechgen.data.kaldi.reading import examine
from speechgen.errors import AudioError


def validate(path: str | Path, *, read_headers: bool = False) -> list[str]:
    """List what is wrong with a data directory; an empty list means that it is good.

    Parameters
    ----------
    path
        The folder.
    read_headers
        Whether to open every sound file too, and check that segments lie within them.

    Returns
    -------
    list of str
        ``file:line: what is wrong``, one for each problem.
    """
    directory, problems = examine(Path(path), check_files=True)
    if read_headers and directory is not None:
        problems += list(_check_headers(directory))
    return problems


def _check_headers(directory: DataDirectory) -> Iterator[str]:
    lengths: dict[Path, float] = {}
    tables = {"wav.scp": directory.wavs, "noisy.scp": directory.noisy or {}}
    for name, table in tables.items():
        for file in dict.fromkeys(table.values()):
            try:
                lengths[file] = info(file).duration_seconds
            except AudioError as error:
                yield f"{directory.path / name}: {error}"
    for number, (key, segment) in enumerate((directory.segments or {}).items(), 1):
        length = lengths.get(directory.wavs[key], math.inf)
        if segment.end_seconds > length + 1e-3:
            yield (
                f"{directory.path / 'segments'}:{number}: {key} ends at {segment.end_seconds} s, "
                f"its recording at {length:.3f} s"
            )
