"""The Kaldi data directory as a value, and how it is written and loaded.

A data directory is a folder of sorted text files: ``wav.scp`` (id, sound file), ``utt2spk`` and
``spk2utt`` (who speaks), and where they apply ``text``, ``segments``, ``noisy.scp`` (id, the noisy
version of the same sound) and ``utt2dur``. Sound files are named by absolute paths, or by paths
relative to the directory. Nothing in it is ever executed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

from speechgen.errors import DataError
from speechgen.files import write_text

Value = TypeVar("Value")


class Segment(NamedTuple):
    """A stretch of a recording: its id in wav.scp, and from when to when (seconds)."""

    recording: str
    start_seconds: float
    end_seconds: float


@dataclass(frozen=True)
class DataDirectory:
    """A validated data directory; every mapping has the same utterance ids, in byte order.

    Parameters
    ----------
    path
        The folder.
    wavs
        Utterance id to the sound file that holds it (the whole recording, if there are segments).
    speakers
        Utterance id to speaker id.
    texts, noisy, segments, durations
        Words, noisy sound file, stretch of the recording, and seconds of each utterance; None
        where the directory does not say.
    """

    path: Path
    wavs: dict[str, Path]
    speakers: dict[str, str]
    texts: dict[str, str] | None = None
    noisy: dict[str, Path] | None = None
    segments: dict[str, Segment] | None = None
    durations: dict[str, float] | None = None

    @property
    def ids(self) -> list[str]:
        """Utterance ids in byte order."""
        return list(self.wavs)

    @property
    def speaker_names(self) -> list[str]:
        """Speaker ids in byte order."""
        return in_byte_order(set(self.speakers.values()))

    def __len__(self) -> int:
        return len(self.wavs)

    def subset(self, ids: Iterable[str]) -> DataDirectory:
        """The same directory with only the utterances named."""
        keep = set(ids)
        unknown = keep - self.wavs.keys()
        if unknown:
            raise DataError(f"{self.path}: has no utterance {min(unknown)}")

        return DataDirectory(
            self.path,
            wavs=_part(self.wavs, keep),
            speakers=_part(self.speakers, keep),
            texts=self.texts and _part(self.texts, keep),
            noisy=self.noisy and _part(self.noisy, keep),
            segments=self.segments and _part(self.segments, keep),
            durations=self.durations and _part(self.durations, keep),
        )


def _part(table: Mapping[str, Value], keep: set[str]) -> dict[str, Value]:
    return {name: value for name, value in table.items() if name in keep}


def in_byte_order(names: Iterable[str]) -> list[str]:
    """Sort as ``LC_ALL=C sort`` does, which is what Kaldi expects."""
    return sorted(names, key=lambda name: name.encode("utf-8", "surrogateescape"))


def load_data_directory(path: str | Path, *, check_files: bool = True) -> DataDirectory:
    """Load a data directory after checking its structure.

    Parameters
    ----------
    path
        The folder.
    check_files
        Whether to check that every sound file named exists.

    Raises
    ------
    DataError
        The first problem :func:`speechgen.data.validate` would report, with file and line.
    """
    from speechgen.data.kaldi.validation import examine

    directory, problems = examine(Path(path), check_files=check_files)
    if problems or directory is None:
        more = f" (and {len(problems) - 1} more problems)" if len(problems) > 1 else ""
        raise DataError(problems[0] + more)
    return directory


def write_data_directory(
    path: str | Path,
    wavs: Mapping[str, Path],
    speakers: Mapping[str, str],
    *,
    texts: Mapping[str, str] | None = None,
    noisy: Mapping[str, Path] | None = None,
    segments: Mapping[str, Segment] | None = None,
    durations: Mapping[str, float] | None = None,
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
    stale = {"text", "noisy.scp", "segments", "utt2dur"}

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
        write_text(path / name, "".join(f"{k} {table[k]}\n" for k in in_byte_order(table)))
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
    )


def _relative(file: Path, folder: Path) -> str:
    file, folder = file.absolute(), folder.absolute()
    return str(file.relative_to(folder) if file.is_relative_to(folder) else file)


def _check_writable(file: Path, table: Mapping[str, str]) -> None:
    for key, value in table.items():
        if not key or key.split() != [key]:
            raise DataError(f"{file}: the id {key!r} is empty or holds white space")
        if value.strip() != value or "\n" in value or "\r" in value or value.endswith("|"):
            raise DataError(
                f"{file}: {key}: {value!r} cannot stand in a data directory; rename the file"
            )
