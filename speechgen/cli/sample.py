"""``speechgen sample``: draw images or speech from a generative model."""

from __future__ import annotations

from typing import Annotated

import typer

from speechgen.cli.common import Device, Overwrite, print_written
from speechgen.cli.generation import Model, Output, Seed, Speaker, load_network

EXAMPLES = [
    "speechgen sample --model exp/pixels/gated_pixelcnn --output grid.png",
    "speechgen sample --model exp/pixels/conditional_vae --label 3 --output threes.png",
    "speechgen sample --model exp/pixels/vae --manifold 15 --output manifold.png",
    "speechgen sample --model exp/latent/vae1d --seconds 3 --speaker jackson --output babble.wav",
]


def sample(
    model: Model,
    output: Output,
    num: Annotated[int, typer.Option(help="Images: how many.", metavar="N", min=1)] = 64,
    label: Annotated[
        int | None, typer.Option(help="Images: only of this class.", metavar="N", min=0)
    ] = None,
    manifold: Annotated[
        int | None,
        typer.Option(help="Images: an N x N grid over two latents.", metavar="N", min=1),
    ] = None,
    temperature: Annotated[
        float, typer.Option(help="Below 1: nearer to the mode.", metavar="T")
    ] = 1.0,
    engine: Annotated[
        str,
        typer.Option(
            help="Autoregressive models: auto, compiled, cached, fixed_point or naive.", metavar="E"
        ),
    ] = "auto",
    seconds: Annotated[float, typer.Option(help="Speech: how long.", metavar="S")] = 2.0,
    speaker: Speaker = None,
    seed: Seed = 0,
    device: Device = "auto",
    overwrite: Overwrite = False,
) -> None:
    """Sample from a generative model: a grid of images, or speech.

    Autoregressive models are sampled pixel by pixel, VAEs and GANs from the prior of their latents,
    energy-based models by Gibbs sampling. A class-conditional model draws all classes in turn
    unless --label chooses one.
    """
    from speechgen.images.jobs import generate as images
    from speechgen.images.sampling.draw import is_image_model
    from speechgen.synthesis import latent_audio

    network = load_network(model, device)
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
    print_written(output)
