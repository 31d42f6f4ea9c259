"""Sounds by id, from a folder of files or from a data directory, and joins between two of them."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from speechgen.audio import find_audio, info, mix_down, read, read_mono, resample
from speechgen.data import DataDirectory, load_data_directory, prepare_tree
from speechgen.errors import DataError


@dataclass(frozen=True)
class Source:
    """A sound file, or the stretch of it between two times."""

    path: Path
    start_seconds: float | None = None
    end_seconds: float | None = None

    def read(self, sample_rate: int) -> np.ndarray:
        """The mean of the channels at ``sample_rate``, (time,) float32.

        Raises
        ------
        AudioError
            The file cannot be read.
        """
        if self.start_seconds is None or self.end_seconds is None:
            return read_mono(self.path, sample_rate)
        facts = info(self.path)
        times = (self.start_seconds, self.end_seconds)
        start, end = (min(round(t * facts.sample_rate), facts.num_samples) for t in times)
        wave, rate = read(self.path, start=start, num_samples=end - start)
        return resample(mix_down(wave, str(self.path)), rate, sample_rate)


def is_data_directory(folder: str | Path) -> bool:
    """Whether ``folder`` holds a ``wav.scp``."""
    return (Path(folder) / "wav.scp").is_file()


def load_speech(folder: str | Path) -> DataDirectory:
    """A data directory, or a tree ``speaker/.../utterance`` of sound files as one.

    Raises
    ------
    DataError
        It is neither, or has faults.
    """
    if is_data_directory(folder):
        return load_data_directory(folder, check_files=False)
    with tempfile.TemporaryDirectory() as scratch:
        return prepare_tree(Path(folder).resolve(), Path(scratch, "data"))


def sources_of_directory(data: DataDirectory, *, noisy: bool = False) -> dict[str, Source]:
    """The sounds of a data directory by utterance id; the noisy side if so asked."""
    paths = data.noisy if noisy else data.wavs
    if paths is None:
        raise DataError(f"{data.path}: has no noisy.scp; prepare it with: speechgen prepare paired")
    segments = data.segments or {}
    return {
        name: Source(path, segments[name].start_seconds, segments[name].end_seconds)
        if name in segments
        else Source(path)
        for name, path in paths.items()
    }


def sources_by_id(folder: str | Path, *, noisy: bool = False) -> dict[str, Source]:
    """The sounds of a data directory, or of a folder, by id.

    The id of a file in a folder is its name without suffix, or its relative path without suffix
    where two files of the folder have one name.

    Parameters
    ----------
    folder
        Data directory or folder of sound files.
    noisy
        Take the noisy side of a data directory that has one.

    Raises
    ------
    AudioError, DataError
        No such folder, no sound in it, or a bad data directory.
    """
    folder = Path(folder)
    if is_data_directory(folder):
        data = load_data_directory(folder, check_files=False)
        return sources_of_directory(data, noisy=noisy and data.noisy is not None)
    files = find_audio(folder)
    names = Counter(file.stem for file in files)
    flat = max(names.values(), default=1) == 1
    sources: dict[str, Source] = {}
    for file in files:
        name = file.stem if flat else file.relative_to(folder).with_suffix("").as_posix()
        if name in sources:
            raise DataError(f"{folder}: {name} exists with two suffixes; keep one of them")
        sources[name] = Source(file)
    return sources


def join(
    clean: str | Path, estimate: str | Path
) -> tuple[dict[str, tuple[Source, Source]], dict[str, str]]:
    """Pairs with one id on both sides, and for every id that is missing on one side the reason.

    Parameters
    ----------
    clean
        Folder or data directory; of the latter the clean side.
    estimate
        Folder or data directory; of the latter the noisy side, where it has one.

    Raises
    ------
    DataError
        Nothing in common.
    """
    references, estimates = sources_by_id(clean), sources_by_id(estimate, noisy=True)
    shared = references.keys() & estimates.keys()
    if not shared:
        one, other = min(references, default="nothing"), min(estimates, default="nothing")
        raise DataError(
            f"{clean} and {estimate} have no id in common: the first has {one}, for one, the second"
            f" {other}; file names without suffix must agree"
        )
    failed = dict.fromkeys(references.keys() - shared, "no estimate of that name")
    failed |= dict.fromkeys(estimates.keys() - shared, "no clean file of that name")
    return {name: (references[name], estimates[name]) for name in sorted(shared)}, failed


def spread_evenly(names: list[str], limit: int | None) -> list[str]:
    """At most ``limit`` of ``names``, at equal distances, so that all speakers have a share."""
    if limit is None or limit >= len(names):
        return names
    places = np.linspace(0, len(names) - 1, max(limit, 1)).round().astype(int)
    return [names[place] for place in places]
