"""``speechgen score images``: nats of held-out images, and a classifier's view of samples."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from speechgen.cli.common import Device, Json
from speechgen.cli.score_options import Seed, System
from speechgen.cli.show_scores import report_scores

EXAMPLES = [
    "speechgen score images --model exp/pixels/vae --data exp/digits/test.npz --binarise dynamic",
    "speechgen score images --model exp/pixels/dcgan --data exp/digits/test.npz \\",
    "    --classifier exp/pixels/classifier --reference exp/digits/train.npz --json dcgan.json",
]


def images(
    data: Annotated[Path, typer.Option(help="Held-out images (.npz).", metavar="FILE")],
    model: Annotated[
        str | None,
        typer.Option(
            help="Model directory or run folder. Left out: the held-out images themselves are "
            "scored, which is as good as samples can be.",
            metavar="DIR",
        ),
    ] = None,
    binarise: Annotated[
        str, typer.Option(help="none, threshold, static or dynamic.", metavar="HOW")
    ] = "none",
    classifier: Annotated[
        str | None, typer.Option(help="A trained classifier to score samples by.", metavar="DIR")
    ] = None,
    reference: Annotated[
        Path | None,
        typer.Option(
            help="Images that samples should be like; --data if not given.", metavar="FILE"
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(help="Likelihood of the first N images only.", metavar="N", min=1)
    ] = None,
    num: Annotated[
        int, typer.Option(help="Samples to draw for the classifier.", metavar="N", min=2)
    ] = 1000,
    importance_samples: Annotated[
        int, typer.Option(help="Draws of the posterior for the likelihood.", metavar="N", min=1)
    ] = 100,
    gallery: Annotated[
        Path | None,
        typer.Option(help="Folder for pictures of all that the model can do.", metavar="DIR"),
    ] = None,
    system: System = "",
    seed: Seed = 0,
    device: Device = "auto",
    json: Json = None,
) -> None:
    """Measure a model of images.

    nll_nats is exact for autoregressive models, an importance-sampled bound for those with latents
    and an estimate for energy models; the estimator is named beside it. --classifier scores
    samples: how sure it is of how many classes, and the Frechet distance of its features to those
    of real images.
    """
    from speechgen.images.jobs.grids import draw_model
    from speechgen.images.scoring.scores import score_images
    from speechgen.progress import Bar

    with Bar("scoring") as bar:
        result = score_images(
            model,
            data,
            system=system,
            binarise=binarise,
            classifier=classifier,
            reference=reference,
            num_images=limit,
            num_samples=num,
            importance_samples=importance_samples,
            seed=seed,
            device=device,
            progress=bar.update,
        )
    if gallery is not None and model is not None:
        draw_model(model, data, gallery, system, seed=seed)
    report_scores(result, json)
