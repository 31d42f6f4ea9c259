"""Writing a Kaldi data directory: what is written is read again, which checks it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

from speechgen.data.kaldi.directory import DataDirectory, Segment, in_byte_order
from speechgen.data.kaldi.naming import is_utf8
from speechgen.data.kaldi.reading import load_data_directory
from speechgen.errors import DataError
from speechgen.files import atomic_path, printable


def write_data_directory(
    path: str | Path,
    wavs: Mapping[str, Path],
    speakers: Mapping[str, str],
    *,
    texts: Mapping[str, str] | None = None,
    noisy: Mapping[str, Path] | None = None,
    segments: Mapping[str, Segment] | None = None,
    durations: Mapping[str, float] | None = None,
    phones: Mapping[str, str] | None = None,
) -> DataDirectory:
    """Write a data directory and load it again, which checks it.

    The arguments are those of :class:`DataDirectory`. Sound files inside ``path`` are written
    relative to it, others as absolute paths.

    Raises
    ------
    DataError
        Nothing to write, or ids and paths that the format cannot hold.
    OutputError
        The folder cannot be written.
    """
    path = Path(path)
    if not wavs:
        raise DataError(f"{path}: no utterances to write; is the source folder the right one?")
    stale = {"text", "phones", "symbols", "noisy.scp", "segments", "utt2dur"}

    def scp(table: Mapping[str, Path]) -> dict[str, str]:
        keys = {u: segments[u].recording if segments else u for u in table}
        return {keys[u]: _relative(file, path) for u, file in table.items()}

    tables: dict[str, Mapping[str, str]] = {"wav.scp": scp(wavs), "utt2spk": speakers}
    by_speaker: dict[str, list[str]] = {}
    for utterance in in_byte_order(speakers):
        by_speaker.setdefault(speakers[utterance], []).append(utterance)
    tables["spk2utt"] = {name: " ".join(ids) for name, ids in by_speaker.items()}
    if texts is not None:
        tables["text"] = {u: " ".join(words.split()) for u, words in texts.items()}
    if phones is not None:
        tables["phones"] = phones
    if noisy is not None:
        tables["noisy.scp"] = scp(noisy)
    if segments is not None:
        tables["segments"] = {
            u: f"{s.recording} {s.start_seconds:.6f} {s.end_seconds:.6f}"
            for u, s in segments.items()
        }
    if durations is not None:
        tables["utt2dur"] = {u: f"{seconds:.6f}" for u, seconds in durations.items()}
    for name, table in tables.items():
        _check_writable(path / name, table)
    with contextlib.ExitStack() as stack:  # all are written before the first takes its name
        for name, table in tables.items():
            file = stack.enter_context(atomic_path(path / name, overwrite=True))
            text = "".join(f"{k} {table[k]}\n" for k in in_byte_order(table))
            file.write_text(text, encoding="utf-8")
    for name in stale - tables.keys():  # left by an earlier run into the same folder
        (path / name).unlink(missing_ok=True)
    return load_data_directory(path)


def copy_data_directory(data: DataDirectory, out: str | Path) -> DataDirectory:
    """Write a data directory to another place; its sound files stay where they are."""
    noisy = data.noisy and {name: file.absolute() for name, file in data.noisy.items()}
    return write_data_directory(
        out,
        {name: file.absolute() for name, file in data.wavs.items()},
        data.speakers,
        texts=data.texts,
        noisy=noisy,
        segments=data.segments,
        durations=data.durations,
        phones=data.phones,
    )


def _relative(file: Path, folder: Path) -> str:
    file, folder = file.absolute(), folder.absolute()
    return str(file.relative_to(folder) if file.is_relative_to(folder) else file)


def _check_writable(file: Path, table: Mapping[str, str]) -> None:
    for key, value in table.items():
        if not key or key.split() != [key]:
            raise DataError(f"{file}: the id {key!r} is empty or holds white space")
        if not is_utf8(value):
            raise DataError(f"{file}: {key}: '{printable(value)}' is not UTF-8; rename the file")
        if value.strip() != value or "\n" in value or "\r" in value or value.endswith("|"):
            raise DataError(
                f"{file}: {key}: {value!r} cannot stand in a data directory; rename the file"
            )
