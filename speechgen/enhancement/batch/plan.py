"""Which file becomes which: decided, and refused, before any work is done."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from speechgen.audio import AudioInfo, info
from speechgen.audio.finding import SOUND_ENDINGS, look_for_audio
from speechgen.audio.writing import format_of, is_sound_name
from speechgen.enhancement.batch.resume import Record, closed_on_failure
from speechgen.enhancement.single import LOSSY_FORMATS, output_format
from speechgen.errors import AudioError, ConfigError, OutputError, SpeechgenError
from speechgen.files import is_stream, name_fits
from speechgen.files.shard import Shard, place_of


@dataclass(frozen=True)
class Job:
    """One file to enhance: what is known of it, and where the result goes."""

    about: AudioInfo
    target: Path
    chart: Path | None = None  # picture to draw
    replace: bool = False  # whether a target that exists may be replaced
    content: Path | None = None  # where the bytes of the source are, if elsewhere

    @property
    def source(self) -> Path:
        """The file to read."""
        return self.about.path


@dataclass(frozen=True)
class Plan:
    """Jobs to do, files done before with their numbers, and inputs that cannot be done and why."""

    jobs: list[Job] = field(default_factory=list)
    failed: list[tuple[Path, str]] = field(default_factory=list)
    skipped: list[tuple[Job, dict[str, Any]]] = field(default_factory=list)
    record: Record | None = None
    notes: list[str] = field(default_factory=list)


def plan(
    inputs: list[Path],
    output: Path,
    *,
    overwrite: bool = False,
    key: str | None = None,
    chart: bool | Path = False,
    content: dict[Path, Path] | None = None,
    shard: Shard | None = None,
) -> Plan:
    """Give each input file its target.

    One file goes to ``output`` itself if that has an ending (and is no folder), everything else
    into the folder ``output``; folders are mirrored there. Files that are stored lossily, or under
    names that say no format that can be written, become ``.wav``.

    Parameters
    ----------
    overwrite
        Whether what exists may be replaced; everything is done anew then.
    key
        Of the settings (:func:`.settings_key`): under it what an earlier run into a folder has
        done is skipped. None remembers nothing.
    chart
        True for a picture beside each target, or a folder for the pictures.
    content
        Copies of the inputs that are pipes (:func:`speechgen.audio.pipes.copies`).
    shard
        The part of the inputs that is planned; the rest is not even opened.

    Raises
    ------
    OutputError
        A target is an input or exists already, two inputs have the same one, a folder would be
        enhanced into itself, or what should be a folder is named like a sound file.
    ConfigError
        A part is wanted of what is one file.
    """
    into_file = len(inputs) == 1 and not os.path.isdir(inputs[0]) and _names_a_file(output)
    if into_file and shard is not None:
        raise ConfigError("--shard is a part of many files: give a folder as --output")
    if not into_file:
        _check_names_a_folder(output)
    elif chart is True and is_stream(output):
        raise OutputError(f"{output}: has no place for a picture; use --chart-folder DIR")
    pairs, failed, notes = _pairs(inputs, output, shard)
    folder, single = (output.parent, Path(output.name)) if into_file else (output, None)
    record = None if into_file or key is None else Record(output, key, shard)
    with closed_on_failure(record):
        settled = settle(
            [(source, single or inside) for source, inside in pairs],
            folder,
            keep_names=into_file,
            overwrite=overwrite,
            record=record,
            chart=chart,
            content=content,
            inputs=[entry for entry in inputs if not os.path.isdir(entry)],
        )
    failed += settled.failed
    return Plan(settled.jobs, failed, settled.skipped, record, notes)


def _pairs(
    inputs: list[Path], output: Path, shard: Shard | None
) -> tuple[list[tuple[Path, Path]], list[tuple[Path, str]], list[str]]:
    """Sources and their names in the output folder; what cannot be done; what is to be said.

    What concerns all parts is told by the first.
    """

    first = shard is None or shard.number == 1
    pairs: list[tuple[Path, Path]] = []
    failed: list[tuple[Path, str]] = []
    notes: list[str] = []
    for entry in inputs:
        if not os.path.isdir(entry):
            if is_in(shard, entry.name):
                pairs.append((entry, Path(entry.name)))
            continue
        _check_not_inside(output, entry)
        found = look_for_audio(entry, partial(is_in, shard))
        if found.left_out and first:
            notes.append(found.left_out)
        if not found.count:
            failed.append((entry, "no sound files in this folder"))
        pairs.extend((entry / name, Path(name)) for name in found.names)
    return pairs, failed, notes


def is_in(shard: Shard | None, name: str) -> bool:
    """Whether a sound that is called ``name`` in the output folder falls to ``shard``."""
    return shard is None or shard.holds(place_of(name, SOUND_ENDINGS))


def settle(
    pairs: list[tuple[Path, Path]],
    folder: Path,
    *,
    keep_names: bool = True,
    overwrite: bool = False,
    record: Record | None = None,
    chart: bool | Path = False,
    content: dict[Path, Path] | None = None,
    inputs: Sequence[Path] = (),
) -> Plan:
    """Turn pairs of a source and a name inside ``folder`` into jobs, as :func:`plan` says.

    With ``keep_names`` the names are taken as they are. ``inputs`` are files that must not become
    targets, beside the sources.
    """
    content = content or {}
    jobs: list[Job] = []
    failed: list[tuple[Path, str]] = []
    known_of: list[tuple[AudioInfo, Path]] = []
    for source, inside in pairs:
        try:
            known_of.append((info(source, salvage=True, content=content.get(source)), inside))
        except AudioError as error:
            failed.append((source, reason(source, error)))
    names = [inside for _, inside in known_of] if keep_names else _kept_names(known_of)
    for (about, _), name in zip(known_of, names, strict=True):
        source = about.path
        output_format(about, folder / name)
        picture = _chart_path(folder, name, chart)
        job = Job(about, folder / name, picture, overwrite, content.get(source))
        long = [path for path in (job.target, job.chart) if path and not name_fits(path)]
        if long:
            failed.append((source, f"{long[0].name[:20]}... is too long a name for this disk"))
            continue
        jobs.append(job)
    _check_targets(jobs, [*inputs, *(source for source, _ in pairs)])
    if overwrite:
        return Plan(jobs, failed, [], record)
    left: list[Job] = []
    skipped: list[tuple[Job, dict[str, Any]]] = []
    for job in jobs:
        remembered = record is not None and job.content is None
        known = record.measures(job.source, job.target) if record and remembered else None
        if known is not None and (job.chart is None or job.chart.exists()):
            skipped.append((job, known))
        else:
            ours = known is not None or (record is not None and record.is_ours(job.target))
            left.append(replace(job, replace=ours))
    for job in left:
        _check_absent(job, record)
    return Plan(left, failed, skipped, record)


def reason(source: Path, error: SpeechgenError) -> str:
    """The message of ``error`` without the name of the file in front."""
    return str(error).removeprefix(f"{source}: ")


def _names_a_file(output: Path) -> bool:
    return is_stream(output) or (bool(output.suffix) and not os.path.isdir(output))


def _check_names_a_folder(output: Path) -> None:
    if is_stream(output):
        raise OutputError(f"{output}: takes one file; give a folder for more")
    if is_sound_name(output) and not output.is_dir():
        raise OutputError(f"{output}: is named like one sound file; give a folder for more")


def _kept_names(known_of: list[tuple[AudioInfo, Path]]) -> list[Path]:
    """Names of outputs; ``x.mp3.wav`` where ``x.mp3`` stands beside an ``x.wav``."""
    names = [_kept_name(inside, about) for about, inside in known_of]
    times = Counter(names)
    return [
        inside.with_name(f"{inside.name}.wav") if name != inside and times[name] > 1 else name
        for name, (_, inside) in zip(names, known_of, strict=True)
    ]


def _kept_name(inside: Path, about: AudioInfo) -> Path:
    """``inside``, ending in ``.wav`` where it names no format, or none that fits."""
    keeps = is_sound_name(inside) and format_of(inside) not in LOSSY_FORMATS and not about.is_lossy
    return inside if keeps else inside.with_suffix(".wav")


def _check_not_inside(output: Path, folder: Path) -> None:
    if output.resolve().is_relative_to(folder.resolve()):
        raise OutputError(f"{output}: lies in the input folder {folder}; choose a folder outside")


def _chart_path(folder: Path, name: Path, chart: bool | Path) -> Path | None:
    if chart is False:
        return None
    return (folder if chart is True else chart) / name.with_name(f"{name.name}.png")


def _check_targets(jobs: list[Job], sources: list[Path]) -> None:
    inputs = {os.path.realpath(source) for source in sources}
    taken: dict[str, Path] = {}
    for job in jobs:
        for path in filter(None, (job.target, job.chart)):
            real = os.path.realpath(path)
            if real in inputs:
                raise OutputError(f"{path}: is an input; choose another output")
            if real in taken:
                raise OutputError(
                    f"{path}: both {taken[real]} and {job.source} would be written there; "
                    "rename one or enhance them apart"
                )
            taken[real] = job.source
            if path.is_dir():
                raise OutputError(f"{path}: is a folder; choose another output")


def _check_absent(job: Job, record: Record | None) -> None:
    """Refuse to replace what no run of ours is known to have written."""
    for path in filter(None, (job.target, job.chart)):
        if not path.exists() or job.replace or is_stream(path):
            continue
        why = "use --overwrite to replace it"
        if record is not None and record.knows(path):
            why = "its input, the model or the settings are others now; use --overwrite to redo it"
        raise OutputError(f"{path}: exists already; {why}")
