"""``speechgen voices``: the voices that are known by name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from speechgen.cli.common import Device, Overwrite, print_line, print_written

EXAMPLES = [
    "speechgen voices",
    "speechgen voices slt bdl kathleen --output voices",
]


def voices(
    names: Annotated[
        list[str] | None, typer.Argument(help="Those of them; all otherwise.", metavar="[NAME]...")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="Write a sentence of each voice into this folder.", metavar="DIR"),
    ] = None,
    text: Annotated[
        str, typer.Option(help="The sentence.", metavar="TEXT")
    ] = "This is how I sound, and I can say whatever you write.",
    model: Annotated[
        str | None,
        typer.Option(help="Text model: model directory, run folder or name.", metavar="DIR"),
    ] = None,
    converter: Annotated[
        str | None, typer.Option(help="The model whose voices they are.", metavar="DIR")
    ] = None,
    device: Device = "cpu",
    overwrite: Overwrite = False,
) -> None:
    """List the voices that speechgen say and synthesize know by name, and let them be heard.

    Any other voice is a recording of somebody: speechgen say --voice bob.wav.
    """
    from speechgen.synthesis.named_voices import named_voices, say_samples

    known = named_voices(converter, device, names)
    if output is None:
        for voice in known:
            height = f"{voice.f0_hz:.0f} Hz" if voice.f0_hz else "?"
            print_line(f"{voice.name:<12} {height:>7}")
        return
    for path in say_samples(
        [voice.name for voice in known], text, output, model=model, converter=converter,
        device=device, overwrite=overwrite,
    ):  # fmt: skip
        print_written(path)
