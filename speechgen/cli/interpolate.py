"""``speechgen interpolate``: from one image or utterance to another in latent space."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from speechgen.cli.common import Device, Overwrite, print_written
from speechgen.cli.generation import Binarise, Model, Output, Seed, Speaker, load_network

EXAMPLES = [
    "speechgen interpolate --model exp/pixels/vae --from exp/digits/test.npz --output between.png",
    "speechgen interpolate --model exp/pixels/dcgan --output between.png",
    "speechgen interpolate --model exp/latent/vae1d --from a.wav --from b.wav --output between",
]


class Kind(StrEnum):
    """How to interpolate latents."""

    LINEAR = "linear"
    SPHERICAL = "spherical"


def interpolate(
    model: Model,
    output: Output,
    source: Annotated[
        list[Path] | None,
        typer.Option(
            "--from",
            help="What to interpolate between: a set of images, two or more pictures, or two "
            "recordings. Left out: random latents.",
            metavar="FILE",
        ),
    ] = None,
    steps: Annotated[
        int, typer.Option(help="Images or sounds in each interpolation.", metavar="N", min=2)
    ] = 9,
    pairs: Annotated[int, typer.Option(help="Images: interpolations.", metavar="N", min=1)] = 6,
    kind: Annotated[Kind, typer.Option(help="linear or spherical.")] = Kind.LINEAR,
    binarise: Binarise = "none",
    speaker: Speaker = None,
    seed: Seed = 0,
    device: Device = "auto",
    overwrite: Overwrite = False,
) -> None:
    """Interpolate between images, or utterances, in the latent space of a model.

    Images: a row for each pair. Speech: OUT is a folder with a sound for each step.
    """
    from speechgen.errors import ConfigError
    from speechgen.images.jobs import generate as images
    from speechgen.images.sampling.draw import is_image_model
    from speechgen.synthesis import latent_audio

    network = load_network(model, device)
    if not is_image_model(network):
        if source is None or len(source) != 2:
            raise ConfigError("give two recordings: --from A.wav --from B.wav")
        latent_audio.interpolate_to_folder(
            network, source[0], source[1], output, steps=steps, speaker=speaker,
            overwrite=overwrite,
        )  # fmt: skip
    else:
        options: dict[str, Any] = {"steps": steps, "kind": kind.value, "pairs": pairs, "seed": seed}
        if source:
            given = images.given_images(network, source, first=2 * pairs, binarise=binarise)
            options |= {"images": given[0], "labels": given[1]}
        images.interpolate_to_file(network, output, overwrite=overwrite, **options)
    print_written(output)
