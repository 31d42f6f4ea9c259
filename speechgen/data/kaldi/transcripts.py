"""Finding transcripts, in the layouts that corpora use."""

from __future__ import annotations

import re
from pathlib import Path

from speechgen.errors import DataError

_LISTS = ("prompts.txt", "transcripts.txt")
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_DIGIT_NAME = re.compile(r"(\d)_[A-Za-z]+_\d+")


def find_words(root: Path, files: list[Path]) -> dict[Path, str]:
    """Words of each file that has any.

    Looked for in this order: ``NAME.txt`` or ``NAME.lab`` beside the file (its words);
    ``*.trans.txt`` beside it (lines ``name words``, as LibriSpeech has them); ``prompts.txt`` at
    the root (lines ``name words``); the digit in names of the form ``digit_speaker_index``.

    Parameters
    ----------
    root
        The corpus.
    files
        Its sound files.
    """
    listed = _read_list([root / name for name in _LISTS])
    by_folder: dict[Path, dict[str, str]] = {}
    words: dict[Path, str] = {}
    for file in files:
        if file.parent not in by_folder:
            by_folder[file.parent] = _read_list(sorted(file.parent.glob("*.trans.txt")))
        beside = _first_file(file.with_suffix(".txt"), file.with_suffix(".lab"))
        if beside is not None:
            words[file] = read_words(beside)
        elif file.stem in by_folder[file.parent]:
            words[file] = by_folder[file.parent][file.stem]
        elif file.stem in listed:
            words[file] = listed[file.stem]
        elif spoken_digit := _DIGIT_NAME.fullmatch(file.stem):
            words[file] = _DIGITS[int(spoken_digit[1])]
    return {file: text for file, text in words.items() if text}


def read_words(file: Path) -> str:
    """The text of a small file, on one line.

    Raises
    ------
    DataError
        It cannot be read or is not UTF-8.
    """
    try:
        return " ".join(file.read_text(encoding="utf-8-sig").split())
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file}: is not readable UTF-8 text ({error})") from error


def _first_file(*candidates: Path) -> Path | None:
    return next((path for path in candidates if path.is_file()), None)


def _read_list(files: list[Path]) -> dict[str, str]:
    rows: dict[str, str] = {}
    for file in files:
        if not file.is_file():
            continue
        try:
            lines = file.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"{file}: is not readable UTF-8 text ({error})") from error
        for line in lines:
            name, _, text = line.strip().partition(" ")
            if name:
                rows[Path(name).stem if name.endswith((".wav", ".flac")) else name] = text.strip()
    return rows
