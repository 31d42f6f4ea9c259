"""``speechgen inpaint``: fill in the hidden part of images."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from speechgen.cli.common import Device, Overwrite, print_written
from speechgen.cli.generation import Binarise, First, Model, Output, Seed, load_image_network

EXAMPLES = [
    "speechgen inpaint exp/digits/test.npz --model exp/pixels/pixelcnn --output halves.png",
    "speechgen inpaint torn.png --model exp/pixels/rbm --hidden left --draws 6 --output whole.png",
]


class Hidden(StrEnum):
    """The part of an image to inpaint."""

    LOWER = "lower"
    UPPER = "upper"
    LEFT = "left"
    RIGHT = "right"
    CENTRE = "centre"


def inpaint(
    inputs: Annotated[
        list[Path], typer.Argument(help="A set of images (.npz) or pictures.", metavar="FILE")
    ],
    model: Model,
    output: Output,
    hidden: Annotated[Hidden, typer.Option(help="Part of the image to inpaint.")] = Hidden.LOWER,
    draws: Annotated[int, typer.Option(help="Inpaintings of each image.", metavar="N", min=1)] = 4,
    first: First = 10,
    binarise: Binarise = "none",
    seed: Seed = 0,
    device: Device = "auto",
    overwrite: Overwrite = False,
) -> None:
    """Fill in the hidden part of images; known pixels are kept exactly.

    Each column of the grid: the image, its visible part, and several inpaintings.
    """
    from speechgen.images.jobs import generate as images

    network = load_image_network(model, device)
    given, labels = images.given_images(network, inputs, first=first, binarise=binarise)
    images.inpaint_to_file(
        network, given, labels, output, hidden=hidden.value, draws=draws, seed=seed,
        overwrite=overwrite,
    )  # fmt: skip
    print_written(output)
