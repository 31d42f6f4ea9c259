"""Data directories as other tools leave them: without ``spk2utt``, with files behind a decoder.

Lhotse's ``kaldi export`` leaves ``spk2utt`` for Kaldi's scripts to make, and names a file that is
no WAV by a command that decodes it. Such a command is read, not run: the file in it is taken, and
every other command is refused as ever.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

from speechgen.data.kaldi.directory import DataDirectory, in_byte_order
from speechgen.data.kaldi.reading import load_data_directory, read_table
from speechgen.data.kaldi.text_files import read_text
from speechgen.errors import DataError
from speechgen.files import scratch_folder

_DECODERS = (
    re.compile(
        r"ffmpeg -threads 1 -i (.+) -ar \d+ -map_channel 0\.0\.0 +-f wav -threads 1 pipe:1 \|"
    ),
    re.compile(r"sph2pipe (.+) -f wav -c 1 -p \| ffmpeg -threads 1 -i pipe:0 -ar \d+ -f wav .*\|"),
)
_TABLES = ("wav.scp", "utt2spk", "text", "phones", "segments", "noisy.scp", "utt2dur")
_SOUNDS = ("wav.scp", "noisy.scp")
_NO_TEXT = "None"  # what Lhotse writes for it


def adopt_data_directory(folder: str | Path, scratch: str | Path) -> DataDirectory:
    """Load a data directory that lacks ``spk2utt``, its tables sorted and its paths absolute.

    Parameters
    ----------
    folder
        What another tool wrote. Paths are relative to it or, as Kaldi has them, to where one is.
    scratch
        A folder beside which sorted copies may be written, and are removed.

    Raises
    ------
    DataError
        As :func:`load_data_directory`, in words of the sorted copies.
    """
    folder, scratch = Path(folder), Path(scratch)
    scratch.parent.mkdir(parents=True, exist_ok=True)
    with scratch_folder(scratch.parent) as copy:
        for name in _TABLES:
            if (folder / name).is_file():
                _write_sorted(folder / name, copy / name)
        speakers: dict[str, list[str]] = {}
        for utterance, speaker in read_table(copy / "utt2spk").items():
            speakers.setdefault(speaker, []).append(utterance)
        lines = [f"{name} {' '.join(speakers[name])}\n" for name in in_byte_order(speakers)]
        (copy / "spk2utt").write_text("".join(lines), encoding="utf-8")
        try:
            found = load_data_directory(copy)
        except DataError as error:
            raise DataError(str(error).replace(str(copy), str(folder))) from error
    texts = found.texts and {key: said for key, said in found.texts.items() if said != _NO_TEXT}
    return replace(found, path=folder, texts=texts or None)


def _write_sorted(file: Path, copy: Path) -> None:
    lines = [line for line in read_text(file).split("\n") if line.strip()]
    if file.name in _SOUNDS:
        lines = [_with_absolute_path(line, file.parent) for line in lines]
    copy.write_text("".join(f"{line}\n" for line in in_byte_order(lines)), encoding="utf-8")


def _with_absolute_path(line: str, folder: Path) -> str:
    key, _, value = line.partition(" ")
    value = value.strip()
    for decoder in _DECODERS:
        if found := decoder.fullmatch(value):
            value = found[1]
    if value.endswith("|"):
        return line  # refused by whoever reads it
    beside = folder / value
    path = beside if beside.is_file() else Path(os.getcwd()) / value
    return f"{key} {path.absolute()}"
