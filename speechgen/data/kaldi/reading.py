"""Reading a Kaldi data directory, with the file and line of everything that is wrong in it."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator
from pathlib import Path

from speechgen.data.kaldi.directory import DataDirectory, Segment, in_byte_order
from speechgen.data.kaldi.text_files import read_text
from speechgen.errors import DataError

_REQUIRED = ("wav.scp", "utt2spk", "spk2utt")


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
    directory, problems = examine(Path(path), check_files=check_files)
    if problems or directory is None:
        more = f" (and {len(problems) - 1} more problems)" if len(problems) > 1 else ""
        raise DataError(problems[0] + more)
    return directory


def read_table(file: str | Path) -> dict[str, str]:
    """One text file of a data directory, such as ``text``: id to the rest of the line.

    Raises
    ------
    DataError
        It cannot be read, or a line is not ``id words`` or out of order.
    """
    problems: list[str] = []
    values = _Table(Path(file), problems).values()
    if problems:
        raise DataError(problems[0])
    return values


class _Table:
    """One text file of a data directory: key to (line number, rest of the line)."""

    def __init__(self, file: Path, problems: list[str]) -> None:
        self.file = file
        self.rows: dict[str, tuple[int, str]] = {}
        self._problems = problems
        previous = None
        try:
            lines = read_text(file).rstrip(" \t\n").split("\n")
        except DataError as error:
            problems.append(str(error))
            return
        for number, line in enumerate([] if lines == [""] else lines, 1):
            key, value, *_ = [*re.split("[ \t]+", line, maxsplit=1), ""]
            if not key:
                self.say(number, "begins with a space or is empty; it should begin with an id")
                continue
            if key.split() != [key]:
                self.say(number, f"{key!r} holds a space that is not plain; put a plain one there")
                continue
            if key in self.rows:
                self.say(number, f"{key} occurs twice; ids must be unique")
                continue
            if previous is not None and key.encode() < previous.encode():
                self.say(number, f"{key} is not in order; sort the file with LC_ALL=C")
            self.rows[key] = (number, value.strip())
            previous = key

    def say(self, number: int, text: str) -> None:
        self._problems.append(f"{self.file}:{number}: {text}")

    def items(self) -> Iterator[tuple[str, int, str]]:
        for key, (number, value) in self.rows.items():
            yield key, number, value

    def values(self) -> dict[str, str]:
        return {key: value for key, _, value in self.items()}

    def compare(self, known: set[str], where: str, *, complete: bool) -> None:
        """Say which ids are not among ``known``, and if ``complete`` which of those lack here."""
        for key, number, _ in self.items():
            if key not in known:
                self.say(number, f"{key} is not in {where}")
        missing = in_byte_order(known - self.rows.keys()) if complete else []
        if missing:
            more = f" and {len(missing) - 1} others" if len(missing) > 1 else ""
            self._problems.append(f"{self.file}: lacks {missing[0]}{more}, which {where} has")


def examine(path: Path, *, check_files: bool) -> tuple[DataDirectory | None, list[str]]:
    """Read a data directory; give it (None if beyond reading) and the list of problems."""
    if not path.is_dir():
        return None, [f"{path}: no such data directory; make one with: speechgen prepare"]
    missing = [name for name in _REQUIRED if not (path / name).is_file()]
    if missing:
        lacks = f"{path}: is not a data directory, {missing[0]} is missing"
        if next(path.glob("*.tar"), None) is not None:
            lacks += "; index tar shards with: speechgen prepare index"
        return None, [lacks]
    problems: list[str] = []

    def table(name: str) -> _Table | None:
        return _Table(path / name, problems) if (path / name).is_file() else None

    wav, speakers = _Table(path / "wav.scp", problems), _Table(path / "utt2spk", problems)
    if not wav.rows and not problems:
        return None, [f"{path / 'wav.scp'}: is empty; it lists no sound files"]
    recordings = _paths(wav, path, check_files)
    segments = _segments(table("segments"), set(wav.rows))
    ids = set(wav.rows) if segments is None else set(segments)
    speakers.compare(ids, "wav.scp" if segments is None else "segments", complete=True)
    _check_speakers(speakers, _Table(path / "spk2utt", problems))

    noisy_table = table("noisy.scp")
    noisy = None
    if noisy_table is not None:
        noisy_table.compare(set(wav.rows), "wav.scp", complete=True)
        noisy = _paths(noisy_table, path, check_files)
    text, phones = table("text"), table("phones")
    for said in (text, phones):
        if said is not None:
            said.compare(ids, "utt2spk", complete=False)
    durations = _durations(table("utt2dur"), ids)
    if problems:
        return None, problems
    where = {u: u if segments is None else segments[u].recording for u in in_byte_order(ids)}
    return DataDirectory(
        path=path,
        wavs={u: recordings[recording] for u, recording in where.items()},
        speakers=speakers.values(),
        texts=None if text is None else text.values(),
        noisy=None if noisy is None else {u: noisy[r] for u, r in where.items()},
        segments=segments,
        durations=durations,
        phones=None if phones is None else phones.values(),
    ), problems


def _paths(table: _Table, folder: Path, check_files: bool) -> dict[str, Path]:
    paths = {}
    for key, number, value in table.items():
        if value.endswith("|") or value.startswith("|"):
            table.say(number, f"{key} is a command; commands are refused, name a sound file")
        elif not value:
            table.say(number, f"{key} names no file")
        elif check_files and not os.path.isfile(folder / value):
            table.say(number, f"{key}: no such file: {value}")
        paths[key] = folder / value
    return paths


def _segments(table: _Table | None, recordings: set[str]) -> dict[str, Segment] | None:
    if table is None:
        return None
    segments = {}
    for key, number, value in table.items():
        fields = value.split()
        try:
            recording, (start, end) = fields[0], map(float, fields[1:])
        except (ValueError, IndexError):
            table.say(number, f"{key}: should be: id recording start_seconds end_seconds")
            continue
        if recording not in recordings:
            table.say(number, f"{key}: the recording {recording} is not in wav.scp")
        if not (0 <= start < end < math.inf):
            table.say(number, f"{key}: from {start} s to {end} s is not a time span")
        segments[key] = Segment(recording, start, end)
    return segments


def _check_speakers(utt2spk: _Table, spk2utt: _Table) -> None:
    previous = ""
    for utterance, number, speaker in utt2spk.items():
        if len(speaker.split()) != 1:
            utt2spk.say(number, f"{utterance} should have one speaker id, has {speaker!r}")
        if speaker.encode() < previous.encode():
            utt2spk.say(
                number,
                f"{utterance}: sorting by utterance does not sort by speaker ({previous} came "
                f"before {speaker}); utterance ids should begin with the speaker id",
            )
        previous = speaker
    listed: dict[str, str] = {}
    for speaker, number, value in spk2utt.items():
        for utterance in value.split():
            listed[utterance] = speaker
            if utterance not in utt2spk.rows:
                spk2utt.say(number, f"{utterance} of {speaker} is not in utt2spk")
            elif utt2spk.rows[utterance][1] != speaker:
                spk2utt.say(
                    number,
                    f"{utterance} is of {speaker} here, of {utt2spk.rows[utterance][1]} in utt2spk",
                )
    for utterance, number, speaker in utt2spk.items():
        if utterance not in listed:
            utt2spk.say(number, f"{utterance} of {speaker} is not in spk2utt")


def _durations(table: _Table | None, ids: set[str]) -> dict[str, float] | None:
    if table is None:
        return None
    table.compare(ids, "utt2spk", complete=True)
    durations = {}
    for key, number, value in table.items():
        try:
            durations[key] = float(value)
        except ValueError:
            durations[key] = math.nan
        if not 0 < durations[key] < math.inf:
            table.say(number, f"{key}: {value!r} is not a duration in seconds")
    return durations
