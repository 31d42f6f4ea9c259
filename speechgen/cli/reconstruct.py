"""``speechgen reconstruct``: encode images or speech and decode them again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from speechgen.cli.common import Device, Overwrite, print_written
from speechgen.cli.generation import Binarise, First, Model, Output, Speaker, load_network

EXAMPLES = [
    "speechgen reconstruct exp/digits/test.npz --model exp/pixels/vae --output pairs.png",
    "speechgen reconstruct talk.wav --model exp/latent/vae1d --output copy.wav",
    "speechgen reconstruct talk.wav --model exp/latent/vae1d --speaker theo --output as_theo.wav",
]


def reconstruct(
    inputs: Annotated[
        list[Path],
        typer.Argument(help="A set of images, pictures, or a recording.", metavar="FILE"),
    ],
    model: Model,
    output: Output,
    first: First = 10,
    binarise: Binarise = "none",
    speaker: Speaker = None,
    device: Device = "auto",
    overwrite: Overwrite = False,
) -> None:
    """Encode images or speech, and decode them again.

    Super-resolution and translation models enlarge or translate the images instead. In a grid the
    inputs are on top. Speech is decoded in the voice of --speaker where that is given.
    """
    from speechgen.errors import ConfigError
    from speechgen.images.jobs import generate as images
    from speechgen.images.sampling.draw import is_image_model
    from speechgen.synthesis import latent_audio

    network = load_network(model, device)
    if is_image_model(network):
        given, labels = images.given_images(network, inputs, first=first, binarise=binarise)
        images.reconstruct_to_file(network, given, labels, output, overwrite=overwrite)
    elif len(inputs) != 1:
        raise ConfigError("give one recording; reconstruct writes one sound file")
    else:
        latent_audio.reconstruct_to_file(
            network, inputs[0], output, speaker=speaker, overwrite=overwrite
        )
    print_written(output)
