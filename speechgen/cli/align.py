"""``speechgen align``: when each phone and word of recordings is said."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from speechgen.cli.common import Device, Overwrite, print_error, print_line
from speechgen.files import counted

EXAMPLES = [
    "speechgen align exp/data/train --output exp/times",
    "speechgen align exp/data/train --model exp/text/model --output exp/times --pictures 5",
]
_MOST_LINES = 5


def align(
    data: Annotated[Path, typer.Argument(help="Data directory with texts.", metavar="DATA")],
    output: Annotated[Path, typer.Option(help="Folder to write.", metavar="DIR")],
    model: Annotated[
        str | None,
        typer.Option(help="Text model: model directory or shipped name.", metavar="DIR"),
    ] = None,
    converter: Annotated[
        str,
        typer.Option(
            help="Converter, or recogniser, whose content the text model knows.", metavar="DIR"
        ),
    ] = "converter-small",
    pictures: Annotated[
        int, typer.Option(help="Alignments to draw, as PNG.", min=0, metavar="N")
    ] = 0,
    device: Device = "auto",
    overwrite: Overwrite = False,
) -> None:
    """Write when each phone and word of DATA is said, from its texts.

    The folder gets words.ctm and phones.ctm (utterance, channel, beginning and duration in seconds,
    text) and textgrid/ID.TextGrid with both for Praat. Texts are American English. Frames last
    16 ms. What cannot be aligned, because nothing is said or too many words for the sound, is
    named, with status 1.
    """
    from speechgen.evaluation.alignment import SpeechAligner, align_data
    from speechgen.store import resolve_model

    aligner = SpeechAligner(resolve_model(model, "say"), converter, device)
    report = align_data(data, output, aligner, pictures=pictures, overwrite=overwrite)
    done = counted(len(report.done), "utterance")
    sure = sum(report.done.values()) / len(report.done)
    print_line(f"{output}: times of {done}, mean probability {sure:.2f}")
    if report.refused:
        for name, why in list(report.refused.items())[:_MOST_LINES]:
            print_error(f"{name}: {why}")
        print_error(f"no times of {counted(len(report.refused), 'utterance')}")
        raise typer.Exit(1)
