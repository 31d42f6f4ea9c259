"""``speechgen sample``, ``interpolate``, ``complete`` and ``reconstruct``: any generative model."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from speechgen.cli.common import Device, Overwrite, load_for, print_line

SAMPLE_EXAMPLES = [
    "speechgen sample --model exp/pixels/gated_pixelcnn --output grid.png",
    "speechgen sample --model exp/pixels/conditional_vae --label 3 --output threes.png",
    "speechgen sample --model exp/pixels/vae --manifold 15 --output manifold.png",
    "speechgen sample --model exp/latent/vae1d --seconds 3 --speaker jackson --output babble.wav",
]
INTERPOLATE_EXAMPLES = [
    "speechgen interpolate --model exp/pixels/vae --from exp/digits/test.npz --output way.png",
    "speechgen interpolate --model exp/pixels/dcgan --output way.png",
    "speechgen interpolate --model exp/latent/vae1d --from a.wav --from b.wav --output way",
]
COMPLETE_EXAMPLES = [
    "speechgen complete exp/digits/test.npz --model exp/pixels/pixelcnn --output halves.png",
    "speechgen complete torn.png --model exp/pixels/rbm --hidden left --draws 6 --output whole.png",
]
RECONSTRUCT_EXAMPLES = [
    "speechgen reconstruct exp/digits/test.npz --model exp/pixels/vae --output pairs.png",
    "speechgen reconstruct talk.wav --model exp/latent/vae1d --output copy.wav",
    "speechgen reconstruct talk.wav --model exp/latent/vae1d --speaker theo --output as_theo.wav",
]

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
    typer.Option(help="Make given images black and white: none, threshold, static or dynamic."),
]
Speaker = Annotated[
    str | None,
    typer.Option(help="Speech: whose voice; a name, vector or recording.", metavar="WAV|NPY|ID"),
]
First = Annotated[int, typer.Option(help="Of a set, the first N images.", metavar="N", min=1)]


class Hidden(StrEnum):
    """Which part of an image is to be drawn anew."""

    LOWER = "lower"
    UPPER = "upper"
    LEFT = "left"
    RIGHT = "right"
    CENTRE = "centre"


class Way(StrEnum):
    """How to go from code to code."""

    LINEAR = "linear"
    SPHERICAL = "spherical"


def sample(
    model: Model,
    output: Output,
    num: Annotated[int, typer.Option(help="Images: how many.", metavar="N", min=1)] = 64,
    label: Annotated[
        int | None, typer.Option(help="Images: of this class only.", metavar="N", min=0)
    ] = None,
    manifold: Annotated[
        int | None,
        typer.Option(help="Images: a walk over two latents, N x N of them.", metavar="N", min=1),
    ] = None,
    temperature: Annotated[
        float, typer.Option(help="Below 1 nearer to the likeliest.", metavar="T")
    ] = 1.0,
    engine: Annotated[
        str,
        typer.Option(
            help="Autoregressive models: auto, cached, fixed_point or naive.", metavar="E"
        ),
    ] = "auto",
    seconds: Annotated[float, typer.Option(help="Speech: how long.", metavar="S")] = 2.0,
    speaker: Speaker = None,
    seed: Seed = 0,
    device: Device = "auto",
    overwrite: Overwrite = False,
) -> None:
    """Draw from a generative model: images as a grid, or sound.

    Any model of images that can be drawn from: autoregressive ones pixel by pixel, those with
    latents from their prior, generators from noise, energy models by Gibbs sampling. One that knows
    classes draws all of them in turn.
    """
    from speechgen.images.jobs import generate as images
    from speechgen.images.sampling.draw import is_image_model
    from speechgen.synthesis import latent_audio

    network = _network(model, device)
    if not is_image_model(network):
        latent_audio.sample_to_file(
            network, output, seconds=seconds, speaker=speaker, seed=seed, temperature=temperature,
            overwrite=overwrite,
        )  # fmt: skip
    elif manifold is not None:
        images.manifold_to_file(
            network, output, steps=manifold, label=label or 0, overwrite=overwrite
        )
    else:
        images.sample_to_file(
            network, output, num_images=num, label=label, seed=seed, temperature=temperature,
            engine=engine, overwrite=overwrite,
        )  # fmt: skip
    print_line(f"{output}")


def interpolate(
    model: Model,
    output: Output,
    source: Annotated[
        list[Path] | None,
        typer.Option(
            "--from",
            help="What to go between: a set of images, two or more pictures, or two recordings. "
            "Left out: random codes.",
            metavar="FILE",
        ),
    ] = None,
    steps: Annotated[
        int, typer.Option(help="Pictures or sounds of a way.", metavar="N", min=2)
    ] = 9,
    pairs: Annotated[int, typer.Option(help="Images: ways.", metavar="N", min=1)] = 6,
    way: Annotated[Way, typer.Option(help="linear or spherical.")] = Way.LINEAR,
    binarise: Binarise = "none",
    speaker: Speaker = None,
    seed: Seed = 0,
    device: Device = "auto",
    overwrite: Overwrite = False,
) -> None:
    """Go from one image, or utterance, to another through the codes of a model.

    Images: a row for each pair. Speech: OUT is a folder with a sound for each step.
    """
    from speechgen.errors import ConfigError
    from speechgen.images.jobs import generate as images
    from speechgen.images.sampling.draw import is_image_model
    from speechgen.synthesis import latent_audio

    network = _network(model, device)
    if not is_image_model(network):
        if source is None or len(source) != 2:
            raise ConfigError("give two recordings: --from A.wav --from B.wav")
        latent_audio.interpolate_to_folder(
            network, source[0], source[1], output, steps=steps, speaker=speaker,
            overwrite=overwrite,
        )  # fmt: skip
    else:
        options: dict[str, Any] = {"steps": steps, "kind": way.value, "pairs": pairs, "seed": seed}
        if source:
            given = images.given_images(network, source, first=2 * pairs, binarise=binarise)
            options |= {"images": given[0], "labels": given[1]}
        images.interpolate_to_file(network, output, overwrite=overwrite, **options)
    print_line(f"{output}")


def complete(
    inputs: Annotated[
        list[Path], typer.Argument(help="A set of images (.npz) or pictures.", metavar="FILE")
    ],
    model: Model,
    output: Output,
    hidden: Annotated[Hidden, typer.Option(help="What is taken away.")] = Hidden.LOWER,
    draws: Annotated[int, typer.Option(help="Completions of each.", metavar="N", min=1)] = 4,
    first: First = 10,
    binarise: Binarise = "none",
    seed: Seed = 0,
    device: Device = "auto",
    overwrite: Overwrite = False,
) -> None:
    """Draw what is missing in occluded images; what is known stays bit by bit.

    Each column of the grid: the image, what the model is shown of it, and several completions.
    """
    from speechgen.images.jobs import generate as images

    network = _image_network(model, device)
    given, labels = images.given_images(network, inputs, first=first, binarise=binarise)
    images.complete_to_file(
        network, given, labels, output, hidden=hidden.value, draws=draws, seed=seed,
        overwrite=overwrite,
    )  # fmt: skip
    print_line(f"{output}")


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
    """Send images or speech through a model's code and back.

    Models that make another image of the one they are given (larger, or of another kind) do that.
    In a grid the given ones stand above. Speech may come back in the voice of --speaker.
    """
    from speechgen.errors import ConfigError
    from speechgen.images.jobs import generate as images
    from speechgen.images.sampling.draw import is_image_model
    from speechgen.synthesis import latent_audio

    network = _network(model, device)
    if is_image_model(network):
        given, labels = images.given_images(network, inputs, first=first, binarise=binarise)
        images.reconstruct_to_file(network, given, labels, output, overwrite=overwrite)
    elif len(inputs) != 1:
        raise ConfigError("give one recording; reconstruct writes one sound file")
    else:
        latent_audio.reconstruct_to_file(
            network, inputs[0], output, speaker=speaker, overwrite=overwrite
        )
    print_line(f"{output}")


def _network(model: str, device: str) -> Any:
    network = load_for("generate", model, device)
    network.eval()
    return network


def _image_network(model: str, device: str) -> Any:
    from speechgen.errors import ModelError
    from speechgen.images.sampling.draw import is_image_model

    network = _network(model, device)
    if not is_image_model(network):
        raise ModelError(f"{model}: a {type(network).__name__} is no model of images")
    return network
