"""``speechgen adapt``: a voice from a minute of recordings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from speechgen.cli.common import Device, Overwrite, print_line, print_written

EXAMPLES = [
    "speechgen adapt --speaker recordings/alice --output alice.safetensors",
    "speechgen adapt --speaker monday.wav --speaker tuesday.wav --name alice \\",
    "    --output alice.safetensors",
]


def adapt(
    speaker: Annotated[
        list[Path],
        typer.Option(
            help="A recording of the voice, or a folder of them; give it more than once for "
            "several. 10 s of speech at least, a minute is better.",
            metavar="WAV|DIR",
        ),
    ],
    output: Annotated[
        Path, typer.Option(help="File to write, a .safetensors.", metavar="NAME.safetensors")
    ],
    converter: Annotated[
        str | None,
        typer.Option(
            help="The voice_converter that is to speak it: model directory, run folder or shipped "
            "name.",
            metavar="DIR",
        ),
    ] = None,
    encoder: Annotated[
        str | None,
        typer.Option(
            help="Speaker encoder, the one the converter was trained with.", metavar="DIR"
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Of the voice; otherwise the file's.", metavar="NAME")
    ] = None,
    device: Device = "auto",
    overwrite: Overwrite = False,
) -> None:
    """Keep a voice from a minute of recordings of it, fitted to a converter.

    The file is a voice as speechgen embed writes it, which --speaker of synthesize and --voice of
    say take, but of 10 s of speech at least; and the converter's average spectrum is measured
    on up to 180 s in place of 30. A fifth of the recordings is held out first: printed is how far
    their mel is off what the converter makes of them, without and with the match of the others,
    and the match is kept only where it is nearer. No network is changed.
    """
    from speechgen.files import portable
    from speechgen.store import load_model, resolve_model
    from speechgen.synthesis.adaptation import adapt_voice
    from speechgen.synthesis.batch import load_synthesiser

    listener = resolve_model(encoder, "embed")
    done = adapt_voice(
        speaker,
        output,
        converter=load_synthesiser(converter, device),
        encoder=load_model(listener, device=device).model,
        encoder_name=portable(encoder or listener.name),
        name=name,
        overwrite=overwrite,
    )
    print_written(output, f": {done.seconds:.1f} s of speech")
    print_line(str(done))
