"""Finding transcripts, in the layouts that corpora use."""

from __future__ import annotations

from pathlib import Path

from speechgen.data.kaldi.naming import composed, digit_speaker
from speechgen.data.kaldi.text_files import read_text

_LISTS = ("prompts.txt", "transcripts.txt")
_BARS = "metadata.csv"
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def find_words(root: Path, files: list[Path]) -> dict[Path, str]:
    """Words of each file that has any.

    Looked for in this order: ``NAME.txt`` or ``NAME.lab`` beside the file (its words);
    ``*.trans.txt`` beside it (lines ``name words``, as LibriSpeech has them); ``prompts.txt`` at
    the root (lines ``name words``), or ``metadata.csv`` (``name|words|words with numbers spelled``,
    as LJ Speech has it); the digit in names of the form ``digit_speaker_index``.

    Parameters
    ----------
    root
        The corpus.
    files
        Its sound files.
    """
    listed = _read_bars(root / _BARS) | _read_list([root / name for name in _LISTS])
    by_folder: dict[Path, dict[str, str]] = {}
    words: dict[Path, str] = {}
    for file in files:
        if file.parent not in by_folder:
            by_folder[file.parent] = _read_list(sorted(file.parent.glob("*.trans.txt")))
        beside = _first_file(file.with_suffix(".txt"), file.with_suffix(".lab"))
        if beside is not None:
            words[file] = read_words(beside)
        elif (name := composed(file.stem)) in by_folder[file.parent]:
            words[file] = by_folder[file.parent][name]
        elif name in listed:
            words[file] = listed[name]
        elif (spoken := digit_speaker(name)) and len(spoken[0]) == 1:
            words[file] = _DIGITS[int(spoken[0])]
    return {file: text for file, text in words.items() if text}


def read_words(file: Path) -> str:
    """The text of a small file, on one line.

    Raises
    ------
    DataError
        It cannot be read or is not UTF-8.
    """
    return " ".join(read_text(file).split())


def _first_file(*candidates: Path) -> Path | None:
    return next((path for path in candidates if path.is_file()), None)


def _read_list(files: list[Path]) -> dict[str, str]:
    """Lines ``name words`` of several lists; blanks or tabs stand between the two."""
    rows: dict[str, str] = {}
    for file in files:
        if not file.is_file():
            continue
        for line in read_text(file).split("\n"):
            name, *words = line.split(maxsplit=1) or [""]
            if name:
                stem = Path(name).stem if name.endswith((".wav", ".flac")) else name
                rows[composed(stem)] = "".join(words).strip()
    return rows


def _read_bars(file: Path) -> dict[str, str]:
    """Lines ``name|words|words``, of which the last words that are there count."""
    rows: dict[str, str] = {}
    for line in read_text(file).split("\n") if file.is_file() else ():
        name, *words = (part.strip() for part in line.split("|"))
        if any(words):
            rows[composed(name)] = next(part for part in reversed(words) if part)
    return rows
