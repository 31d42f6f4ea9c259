"""``speechgen enhance``: clean noisy speech."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from speechgen.cli.common import (
    Device,
    Overwrite,
    ShardText,
    StreamChannels,
    StreamFormat,
    StreamRate,
    print_error,
    print_line,
    print_written,
)
from speechgen.files import counted

if TYPE_CHECKING:
    from speechgen.enhancement import EnhanceOptions, Report
    from speechgen.store import LoadedModel

EXAMPLES = [
    "speechgen enhance noisy.wav --output clean.wav",
    "speechgen enhance recordings more/talk.flac --output cleaned --jobs 4 --report cleaned.jsonl",
    "speechgen enhance noisy.wav --output mild.wav --max-attenuation 12 --chart --overwrite",
    "speechgen enhance --data exp/data/pairs --output exp/enhanced",
    "speechgen enhance recordings --output cleaned --shard 3/8",
    "speechgen enhance --stream --rate 16000 <noisy.s16 >clean.s16",
]
_MOST_WARNINGS = 5  # that are shown


def enhance(
    inputs: Annotated[
        list[Path] | None, typer.Argument(help="Sound files, or folders of them.", metavar="IN")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            help="A sound file or pipe (for one file IN) or a folder, in which folders IN are "
            "mirrored.",
            metavar="OUT",
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            help="In place of IN: a data directory, whose noisy side becomes OUT/ID.wav.",
            metavar="DIR",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="Model directory or the name of a shipped model; see speechgen models.",
            metavar="DIR",
        ),
    ] = None,
    wet: Annotated[
        float,
        typer.Option(
            min=0.0, max=1.0, help="Share of the enhanced signal: 0 keeps the input.", metavar="W"
        ),
    ] = 1.0,
    max_attenuation: Annotated[
        float | None,
        typer.Option(min=0.0, help="Make nothing quieter by more than DB decibels.", metavar="DB"),
    ] = None,
    jobs: Annotated[
        int, typer.Option(min=1, help="Files at a time, each in its own process.", metavar="N")
    ] = 1,
    report: Annotated[
        Path | None,
        typer.Option(
            help="Write a JSON line for each file: levels, noise reduction, speed, warnings.",
            metavar="F",
        ),
    ] = None,
    chart: Annotated[
        bool,
        typer.Option("--chart", help="Draw noisy and enhanced spectrograms as OUT.png."),
    ] = False,
    chart_folder: Annotated[
        Path | None, typer.Option(help="Draw them into this folder.", metavar="DIR")
    ] = None,
    shard: ShardText = None,
    stream: Annotated[
        bool,
        typer.Option("--stream", help="From stdin to stdout, as it comes, in place of files."),
    ] = False,
    low_delay: Annotated[
        bool,
        typer.Option(
            "--low-delay",
            help="With --stream, at another rate than the model's: short filters, which hold back "
            "4 ms and not some 100.",
        ),
    ] = False,
    rate: StreamRate = None,
    channels: StreamChannels = None,
    format: StreamFormat = None,
    device: Device = "auto",
    overwrite: Overwrite = False,
    salvage: Annotated[
        bool,
        typer.Option(
            "--salvage", help="Files that are cut short or damaged count as done all the same."
        ),
    ] = False,
) -> None:
    """Clean noisy speech in files of any length, rate, channel count and sample format.

    Outputs keep rate, channels, length, level, sample format and tags; input that is stored lossily
    (mp3, ogg, opus) is written as WAV of 16 bits. Inputs are never changed. Files that cannot be
    read are listed at the end, the others are done, and the exit status is 1. It is 1 too where a
    file is cut short: what is there of it is written, and --salvage accepts that. A run into a
    folder that was stopped goes on where it stopped when it is given again: what is done is kept in
    OUT/.speechgen-enhance.jsonl.

    With --shard each job of an array does the files that fall to it by their names, wherever it
    runs; a job that died is given again, with the same N or another. The command without --shard
    then does what is missing and reports on all.

    With --stream sound goes from stdin to stdout in real time: WAV with a header, or raw samples
    under --rate. stderr says by how much the model lags behind.
    """
    from speechgen.errors import ConfigError
    from speechgen.store import choose_device, load_model, resolve_model

    raw = (rate, channels, format)
    if stream:
        given = (inputs or None, output, data, chart or None, chart_folder, shard)
        if any(value is not None for value in given) or jobs != 1:
            raise ConfigError(
                "--stream goes from stdin to stdout: leave files, folders and jobs out"
            )
    elif low_delay or any(value is not None for value in raw):
        raise ConfigError(
            "--rate, --channels, --format and --low-delay go with --stream; a file knows its own"
        )
    elif bool(inputs) == (data is not None):
        raise ConfigError("give sound files or --data DIR, one of the two")
    elif output is None:
        raise typer.BadParameter("--output OUT is missing: a sound file or a folder to write to")
    from speechgen.enhancement import EnhanceOptions, enhance_data, enhance_paths
    from speechgen.files.shard import Shard

    part = None if shard is None else Shard.parse(shard)
    options = EnhanceOptions(
        wet,
        max_attenuation,
        device=str(choose_device(device)),
        salvage=salvage,
        low_delay=low_delay,
    )
    loaded = load_model(resolve_model(model, "enhance"), device=options.device)
    if stream:
        _enhance_stream(loaded, options, raw, report)
        return
    assert output is not None
    run: dict[str, Any] = {"jobs": jobs, "report": report, "overwrite": overwrite}
    run["chart"] = chart_folder or chart
    run["shard"] = part
    if data is not None:
        _tell(enhance_data(loaded, data, output, options, **run))
    else:
        _tell(enhance_paths(loaded, inputs or [], output, options, **run))


def _tell(found: Report) -> None:
    """List what was written, what was not, and warnings; status 1 where a file is not done."""
    for target in found.done:
        print_written(target)
    for note in found.notes:
        print_line(f"speechgen: {note}", error=True)
    for line in found.lines:
        if "damage" in line and not line.get("done_before"):
            print_line(_about_damage(line), error=True)
    if found.skipped:
        were = "was" if len(found.skipped) == 1 else "were"
        print_line(f"{counted(len(found.skipped), 'file')} {were} done before", error=True)
    warnings = [(line["output"], w) for line in found.lines for w in line.get("warnings", [])]
    for target, warning in warnings[:_MOST_WARNINGS]:
        print_line(f"speechgen: warning: {target}: {warning}", error=True)
    if len(warnings) > _MOST_WARNINGS:
        more = len(warnings) - _MOST_WARNINGS
        print_line(f"speechgen: {counted(more, 'more warning')}; --report F keeps them", error=True)
    for source, reason in found.failed:
        print_error(f"{source}: {reason}")
    if found.partial:
        one = "1 file is not whole and counts"
        many = f"{len(found.partial)} files are not whole and count"
        files = one if len(found.partial) == 1 else many
        print_error(f"{files} as not done; --salvage accepts what is there")
    if found.failed or found.partial:
        raise typer.Exit(1)


def _about_damage(line: dict[str, Any]) -> str:
    mend = (
        "copy it again or give --salvage" if line["partial"] else "copy it again to have it whole"
    )
    return (
        f"speechgen: warning: {line['source']}: {line['damage']}; {line['output']} has what is "
        f"there; {mend}"
    )


def _enhance_stream(
    loaded: LoadedModel, options: EnhanceOptions, raw: tuple[Any, ...], report: Path | None
) -> None:
    """Enhance stdin into stdout."""
    import sys

    from speechgen.enhancement import enhance_pipe

    def tell(line: str) -> None:
        print_line(f"speechgen: {line}", error=True)

    rate, channels, sample_format = raw
    enhance_pipe(
        loaded.model, sys.stdin.buffer, sys.stdout.buffer, options, sample_rate=rate,
        channels=channels, sample_format=sample_format, report=report, tell=tell,
    )  # fmt: skip
