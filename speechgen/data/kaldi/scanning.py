"""Finding the sound files of a folder, and how long each is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from speechgen.audio import find_audio, info
from speechgen.data.kaldi.naming import is_utf8
from speechgen.errors import AudioError, DataError
from speechgen.files import printable


def sounds_in(root: Path) -> list[Path]:
    """The sound files below ``root``, at least one.

    Raises
    ------
    DataError
        ``root`` is no folder, there is no sound in it, or names that are not UTF-8, as a data
        directory is.
    """
    if not root.is_dir():
        raise DataError(f"{root}: no such folder; give the root of a corpus")
    files = find_audio(root)
    if not files:
        raise DataError(f"{root}: holds no sound files; give the root of a corpus")
    strange = [file for file in files if not is_utf8(str(file))]
    if strange:
        raise DataError(
            f"{len(strange)} of {len(files)} names of sound files cannot be kept: "
            f"{printable(str(strange[0]))} is not UTF-8; rename them"
        )
    return files


def durations_of(files: dict[str, Path]) -> dict[str, float]:
    """Seconds of each file, by id; reads every header.

    Raises
    ------
    DataError
        Files that cannot be read: how many, and what is wrong with the first.
    """

    def measure(file: Path) -> float | AudioError:
        try:
            return info(file).duration_seconds
        except AudioError as error:
            return error

    with ThreadPoolExecutor(4) as pool:
        results = dict(zip(files, pool.map(measure, files.values()), strict=True))
    failures = [error for error in results.values() if isinstance(error, AudioError)]
    if failures:
        raise DataError(f"{len(failures)} of {len(files)} sound files are bad: {failures[0]}")
    return {name: seconds for name, seconds in results.items() if isinstance(seconds, float)}
