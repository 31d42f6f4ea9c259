"""The Free Spoken Digit Dataset (Z. Jackson and others): ten digits, six speakers, 8 kHz.

Names are ``DIGIT_SPEAKER_INDEX`` (``7_theo_32.wav``), all in one folder, which in the repository is
``recordings/``. Indices 0 to 4 of every digit and speaker are the customary test set.
"""

from __future__ import annotations

import re
from pathlib import Path

from speechgen.data.kaldi.directory import DataDirectory
from speechgen.data.kaldi.naming import speaker_name
from speechgen.data.kaldi.scanning import durations_of, sounds_in
from speechgen.data.kaldi.writing import write_data_directory
from speechgen.errors import DataError

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TEST_INDICES = range(5)
VALID_INDICES = range(5, 7)
_NAME = re.compile(r"(?P<digit>\d)_(?P<speaker>[A-Za-z]+)_(?P<index>\d+)")


def find_fsdd(root: Path) -> Path | None:
    """The folder of recordings, ``root`` or ``root/recordings``; None if neither holds any."""
    for folder in (root, root / "recordings"):
        if folder.is_dir() and any(_NAME.fullmatch(file.stem) for file in folder.iterdir()):
            return folder
    return None


def prepare_fsdd(root: str | Path, out: str | Path) -> dict[str, DataDirectory]:
    """Describe the corpus in three parts: indices 0-4 test, 5 and 6 valid, the rest train.

    Every speaker and, where none is missing, every digit is in every part.

    Parameters
    ----------
    root
        The repository, or its folder of recordings.
    out
        Folder that gets the data directories ``train``, ``valid`` and ``test``.

    Returns
    -------
    dict
        The data directories by name.

    Raises
    ------
    DataError
        No such recordings, other files among them, a part without any, or unreadable files.
    """
    folder = find_fsdd(Path(root))
    if folder is None:
        raise DataError(
            f"{root}: holds no recordings named DIGIT_SPEAKER_INDEX; give the root of the corpus"
        )
    parts: dict[str, dict[str, Path]] = {"train": {}, "valid": {}, "test": {}}
    speakers, texts = {}, {}
    for file in sounds_in(folder):
        match = _NAME.fullmatch(file.stem)
        if match is None:
            raise DataError(f"{file}: is not named DIGIT_SPEAKER_INDEX; move it away")
        speaker = speaker_name(match["speaker"])
        name = f"{speaker}-{file.stem}"
        if name in speakers:
            raise DataError(f"{folder}: {file.stem} exists with two suffixes; keep one of them")
        parts[_part_of(int(match["index"]))][name] = file
        speakers[name], texts[name] = speaker, DIGITS[int(match["digit"])]
    empty = [part for part, wavs in parts.items() if not wavs]
    if empty:
        raise DataError(f"{folder}: has no recordings for {', '.join(empty)}; is it complete?")
    return {part: _write(Path(out) / part, wavs, speakers, texts) for part, wavs in parts.items()}


def _part_of(index: int) -> str:
    if index in TEST_INDICES:
        return "test"
    return "valid" if index in VALID_INDICES else "train"


def _write(
    folder: Path, wavs: dict[str, Path], speakers: dict[str, str], texts: dict[str, str]
) -> DataDirectory:
    return write_data_directory(
        folder,
        wavs,
        {name: speakers[name] for name in wavs},
        texts={name: texts[name] for name in wavs},
        durations=durations_of(wavs),
    )
