"""``speechgen enhance``: clean noisy speech."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from speechgen.cli.common import Device, Overwrite, load_for, print_error, print_line

EXAMPLES = [
    "speechgen enhance noisy.wav --output clean.wav",
    "speechgen enhance recordings more/talk.flac --output cleaned",
    "speechgen enhance noisy.wav --output half.wav --wet 0.5 --overwrite",
    "speechgen enhance --data exp/data/pairs --output exp/enhanced",
]


def enhance(
    output: Annotated[
        Path,
        typer.Option(
            help="A sound file (for one file IN) or a folder, in which folders IN are mirrored.",
            metavar="OUT",
        ),
    ],
    inputs: Annotated[
        list[Path] | None, typer.Argument(help="Sound files, or folders of them.", metavar="IN")
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
    device: Device = "auto",
    overwrite: Overwrite = False,
) -> None:
    """Clean noisy speech in files of any length, rate, channel count and sample format.

    Outputs keep rate, channels, length, sample format and tags; input that is stored lossily (mp3,
    ogg, opus) is written as WAV of 16 bits. Inputs are never changed. Files that cannot be read
    are listed at the end, the others are done, and the exit status is 1.
    """
    from speechgen.enhancement import enhance_data, enhance_paths
    from speechgen.errors import ConfigError
    from speechgen.store import choose_device

    if bool(inputs) == (data is not None):
        raise ConfigError("give sound files or --data DIR, one of the two")
    device = str(choose_device(device))
    network = load_for("enhance", model, device)
    if data is not None:
        report = enhance_data(network, data, output, wet=wet, overwrite=overwrite, device=device)
    else:
        report = enhance_paths(
            network, inputs or [], output, wet=wet, overwrite=overwrite, device=device
        )
    for target in report.done:
        print_line(f"{target}")
    for source, reason in report.failed:
        print_error(f"{source}: {reason}")
    if report.failed:
        raise typer.Exit(1)
