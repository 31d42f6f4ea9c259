"""Options and loading shared by the verbs of generative models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from speechgen.cli.common import load_for

Model = Annotated[
    str, typer.Option(help="Model directory or run folder of speechgen train.", metavar="DIR")
]
Output = Annotated[
    Path,
    typer.Option(help="Images: .png (a grid) or .npz (each). Speech: a sound file.", metavar="OUT"),
]
Seed = Annotated[int, typer.Option(help="Seed of every random choice.", metavar="N")]
Binarise = Annotated[
    str,
    typer.Option(help="Binarise the given images: none, threshold, static or dynamic."),
]
Speaker = Annotated[
    str | None,
    typer.Option(
        help="Speech: voice of this speaker: an id, vector or recording.", metavar="WAV|NPY|ID"
    ),
]
First = Annotated[int, typer.Option(help="Use the first N images of a set.", metavar="N", min=1)]


def load_network(model: str, device: str) -> Any:
    """The generative model that ``--model`` names, in evaluation mode."""
    network = load_for("generate", model, device)
    network.eval()
    return network


def load_image_network(model: str, device: str) -> Any:
    """:func:`load_network`, refusing models of speech."""
    from speechgen.errors import ModelError
    from speechgen.images.sampling.draw import is_image_model

    network = load_network(model, device)
    if not is_image_model(network):
        raise ModelError(f"{model}: a {type(network).__name__} is not an image model")
    return network
