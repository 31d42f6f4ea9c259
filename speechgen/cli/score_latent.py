"""``speechgen score latent`` and ``score latent-samples``: autoencoders of waveforms."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from speechgen.cli.common import Device, Json, Overwrite, load_for, print_line
from speechgen.cli.score_options import Data, Encoder, Limit, Seed, System, Vectors
from speechgen.cli.show_scores import report_scores

LATENT_EXAMPLES = [
    "speechgen score latent --model exp/latent/gan/model --data exp/latent/data/test \\",
    "    --vectors exp/latent/data/test.npz --json scores.json",
]
SAMPLES_EXAMPLES = [
    "speechgen score latent-samples --model exp/latent/gan/model \\",
    "    --data exp/latent/data/test --vectors exp/latent/data/test.npz \\",
    "    --figures figures --sounds samples",
]


def latent(
    model: Annotated[str, typer.Option(help="Model directory of a 1-D VAE.", metavar="DIR")],
    data: Data,
    vectors: Vectors = None,
    encoder: Encoder = None,
    system: System = "",
    output: Annotated[
        Path | None, typer.Option(help="Folder for ID.wav, as decoded.", metavar="DIR")
    ] = None,
    limit: Limit = None,
    seed: Seed = 0,
    device: Device = "auto",
    overwrite: Overwrite = False,
    json: Json = None,
) -> None:
    """Rate and distortions of a waveform autoencoder on held-out speech.

    The rate is the KL of the posterior from the prior, in bits a second. SI-SDR (dB, higher is
    better), log-spectral distance (dB), spectral distance at three resolutions and mel-cepstral
    distortion (dB; lower is better) are those of latents drawn from the posterior, and once more of
    its means.

    With --vectors the decoder speaks with the mean vector of the speaker's other utterances, and
    once with another speaker's: cosines of speaker vectors tell whose voice is heard then.
    """
    from speechgen.data import load_vectors
    from speechgen.evaluation.latent_audio import score_latent

    network = load_latent(model, device)
    listener: Any = load_for("embed", encoder, device) if vectors is not None else None
    result = score_latent(
        network,
        data,
        vectors=load_vectors(vectors) if vectors is not None else None,
        encoder=listener,
        system=system or Path(model).name,
        model=model,
        limit=limit,
        seed=seed,
        output=output,
        overwrite=overwrite,
    )
    report_scores(result, json)


def latent_samples(
    model: Annotated[
        list[str],
        typer.Option(help="Model directory of a 1-D VAE; again for more.", metavar="DIR"),
    ],
    data: Data,
    figures: Annotated[Path, typer.Option(help="Folder for spectrograms.", metavar="DIR")],
    sounds: Annotated[Path, typer.Option(help="Folder for sounds.", metavar="DIR")],
    vectors: Vectors = None,
    limit: Annotated[int, typer.Option(help="Utterances to show.", metavar="N", min=1)] = 3,
    seed: Seed = 0,
    device: Device = "auto",
) -> None:
    """Reconstructions, other voices, an interpolation and samples from the prior, as sounds.

    Reconstructions are by every model, the rest by the last. Columns have the names of the folders
    that the model directories stand in.
    """
    from speechgen.data import load_vectors
    from speechgen.reporting.latent_audio_pictures import draw_latents

    networks = [(title_of(one), load_latent(one, device)) for one in model]
    table = load_vectors(vectors) if vectors is not None else None
    for figure in draw_latents(
        networks, data, figures=figures, sounds=sounds, vectors=table, limit=limit, seed=seed
    ):
        print_line(f"{figure}")


def load_latent(model: str, device: str) -> Any:
    """The 1-D VAE of a model directory, or ModelError."""
    from speechgen.sampling.latent_interpolation import check_latents

    network = load_for("generate", model, device)
    check_latents(network)
    return network


def title_of(model: str) -> str:
    """What a model is called in pictures: the folder its directory ``model`` stands in."""
    path = Path(model)
    return path.parent.name if path.name == "model" else path.name
