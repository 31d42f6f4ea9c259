"""Which file becomes which: decided, and refused, before any work is done."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from speechgen.audio import AudioInfo, find_audio, info
from speechgen.enhancement.single import output_format
from speechgen.errors import AudioError, OutputError, SpeechgenError


@dataclass(frozen=True)
class Job:
    """One file to enhance: what is known of it, and where the result goes."""

    about: AudioInfo
    target: Path

    @property
    def source(self) -> Path:
        """The file to read."""
        return self.about.path


@dataclass(frozen=True)
class Plan:
    """Jobs to do, and inputs that cannot be done with the reason why."""

    jobs: list[Job] = field(default_factory=list)
    failed: list[tuple[Path, str]] = field(default_factory=list)


def plan(inputs: list[Path], output: Path, *, overwrite: bool = False) -> Plan:
    """Give each input file its target.

    One file goes to ``output`` itself if that has an ending (and is no folder), everything else
    into the folder ``output``; folders are mirrored there. Files that are stored lossily become
    ``.wav``.

    Raises
    ------
    OutputError
        A target is an input or exists already, two inputs have the same one, or a folder would be
        enhanced into itself.
    """
    into_file = len(inputs) == 1 and not inputs[0].is_dir() and _names_a_file(output)
    pairs: list[tuple[Path, Path]] = []  # source, path of the target inside the folder
    failed: list[tuple[Path, str]] = []
    for entry in inputs:
        if not entry.is_dir():
            pairs.append((entry, Path(entry.name)))
            continue
        _check_not_inside(output, entry)
        try:
            found = find_audio(entry)
            if not found:
                raise AudioError(f"{entry}: no sound files in this folder")
        except AudioError as error:
            failed.append((entry, reason(entry, error)))
            continue
        pairs.extend((path, path.relative_to(entry)) for path in found)
    jobs: list[Job] = []
    for source, inside in pairs:
        try:
            about = info(source)
        except AudioError as error:
            failed.append((source, reason(source, error)))
            continue
        target = output if into_file else output / _kept_name(inside, about)
        output_format(about, target)
        jobs.append(Job(about, target))
    _check_targets(jobs, [source for source, _ in pairs], overwrite)
    return Plan(jobs, failed)


def reason(source: Path, error: SpeechgenError) -> str:
    """The message of ``error`` without the name of the file in front."""
    return str(error).removeprefix(f"{source}: ")


def _names_a_file(output: Path) -> bool:
    return bool(output.suffix) and not output.is_dir()


def _kept_name(inside: Path, about: AudioInfo) -> Path:
    return inside.with_suffix(".wav") if about.is_lossy else inside


def _check_not_inside(output: Path, folder: Path) -> None:
    if output.resolve().is_relative_to(folder.resolve()):
        raise OutputError(f"{output}: lies in the input folder {folder}; choose a folder outside")


def _check_targets(jobs: list[Job], sources: list[Path], overwrite: bool) -> None:
    inputs = {os.path.realpath(source) for source in sources}
    taken: dict[str, Path] = {}
    for job in jobs:
        real = os.path.realpath(job.target)
        if real in inputs:
            raise OutputError(f"{job.target}: is an input; choose another output")
        if real in taken:
            raise OutputError(
                f"{job.target}: both {taken[real]} and {job.source} would be written there; "
                "rename one or enhance them apart"
            )
        taken[real] = job.source
        if job.target.is_dir():
            raise OutputError(f"{job.target}: is a folder; choose another output")
        if job.target.exists() and not overwrite:
            raise OutputError(f"{job.target}: exists already; use --overwrite to replace it")
