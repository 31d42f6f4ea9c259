"""``speechgen embed``: speaker vectors of speech."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from speechgen.cli.common import (
    Device,
    Overwrite,
    load_for,
    print_error,
    print_line,
    print_written,
)

EXAMPLES = [
    "speechgen embed alice.wav bob.wav --output voices.npz",
    "speechgen embed --data exp/data/train --output exp/train_vectors.npz",
]


def embed(
    output: Annotated[
        Path, typer.Option(help="File of vectors to write (.npz).", metavar="OUT.npz")
    ],
    inputs: Annotated[
        list[Path] | None, typer.Argument(help="Sound files of speech.", metavar="WAV")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="A data directory instead of files.", metavar="DIR")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="Speaker encoder: model directory or shipped name.", metavar="DIR"),
    ] = None,
    device: Device = "auto",
    overwrite: Overwrite = False,
) -> None:
    """Compute speaker vectors (embeddings) of speech, one of unit length per file.

    The .npz holds the arrays ids, speakers and vectors (utterance, feature), without pickles.
    Files are named without their suffix, and files of one name by the folders that tell them apart.
    What holds no voice (silence, less than 0.1 s of sound, a steady noise) is left out, with status
    1; in a data directory with a warning, where its speaker has other utterances.
    """
    from speechgen.errors import ConfigError
    from speechgen.synthesis import embed_paths

    source = data if data is not None else inputs
    if not source or (inputs and data is not None):
        raise ConfigError("give sound files or --data DIR, not both")
    found = embed_paths(source, load_for("embed", model, device), output, overwrite=overwrite)
    print_written(output, f": {found.written} vectors")
    for name, reason in found.spared:
        print_line(f"speechgen: warning: {name}: {reason}; it is left out", error=True)
    for name, reason in found.failed:
        print_error(f"{name}: {reason}")
    if found.failed:
        raise typer.Exit(1)
