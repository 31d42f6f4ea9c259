"""``speechgen score``: numbers for what was enhanced, synthesised or trained."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from speechgen.cli import score_ablation, score_images, score_latent
from speechgen.cli.common import (
    Device,
    Json,
    Overwrite,
    list_examples,
    load_for,
    print_line,
    report_comparison,
    report_scores,
    verb,
)
from speechgen.cli.enhancement_scores import report_enhancements

app = typer.Typer(
    no_args_is_help=True,
    help="Measure enhanced speech, synthesised speech, a WaveNet or a speaker encoder.\n\n"
    "Files are joined by their id. Silent, too short or unreadable ones go to failed with the "
    "reason and are counted, never averaged; the exit status is then 1. --json writes "
    '{"mean": ..., "files": ..., "failed": ...} with the context of the numbers, and '
    "score report makes RESULTS.md of such files.",
    epilog=list_examples(
        [
            "speechgen score enhancement --clean clean --estimate cleaned --json scores.json",
            "speechgen score speakers --data exp/data/test",
            "speechgen score report --exp exp",
        ]
    ),
)

Data = Annotated[Path, typer.Option(help="Data directory.", metavar="DIR")]
Model = Annotated[
    str | None, typer.Option(help="Model directory or the name of a shipped model.", metavar="DIR")
]
System = Annotated[str, typer.Option(help="What to call it in the report.", metavar="NAME")]
Limit = Annotated[int | None, typer.Option(help="At most N utterances.", metavar="N", min=1)]
Seed = Annotated[int, typer.Option(help="Seed of every random choice.", metavar="N")]


@verb(
    app,
    "enhancement",
    [
        "speechgen score enhancement --clean clean --estimate cleaned --json scores.json",
        "speechgen score enhancement --clean exp/data/pairs --estimate exp/data/pairs",
        "speechgen score enhancement --clean clean --noisy noisy --estimate cleaned \\",
        "    --estimate others --markdown table.md",
    ],
)
def enhancement(
    clean: Annotated[Path, typer.Option(help="Clean side: folder or data directory.")],
    estimate: Annotated[
        list[Path],
        typer.Option(
            help="What is measured: a folder of files with the same names, or a data directory "
            "with noisy.scp, whose noisy side is taken; give it more than once to compare systems."
        ),
    ],
    noisy: Annotated[
        Path | None,
        typer.Option(
            help="The noisy input, as a folder or data directory: a further system, called noisy, "
            "that the others are compared with."
        ),
    ] = None,
    jobs: Annotated[int, typer.Option(help="Processes; 0 is one a core.", metavar="N", min=0)] = 0,
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="Model directory or the name of a shipped model; once for every --estimate.",
            metavar="DIR",
        ),
    ] = None,
    system: Annotated[
        list[str] | None,
        typer.Option(
            help="What to call it in the report; once for every --estimate, in the same order.",
            metavar="NAME",
        ),
    ] = None,
    against: Annotated[
        str,
        typer.Option(
            help="The system that the others are compared with; noisy or the first if left out.",
            metavar="NAME",
        ),
    ] = "",
    json: Json = None,
    markdown: Annotated[
        Path | None, typer.Option(help="Write the table to this Markdown file too.", metavar="F.md")
    ] = None,
) -> None:
    """PESQ, STOI, SI-SDR (dB), SSNR (dB), CSIG, CBAK and COVL of enhanced files; higher is better.

    Measured at 16 kHz, file by file against the clean file of the same name, and averaged, with
    95 % bootstrap intervals over the files. Several systems are compared on the files that all of
    them have; their differences are paired by file.

    A note says so where a score has a dull cause: estimates that are late by some samples, louder
    by 2 dB or softer by 5 dB, inverted, clipped, of another length, or stored at a low rate; and
    what the measures would be with lag, level and polarity set right. --model only says in the
    report what made the files.
    """
    from speechgen.evaluation.compare_enhancers import names_of, score_enhancements
    from speechgen.files import check_writable

    for target in (json, markdown):
        if target is not None:
            check_writable(target)
    estimates, systems = list(estimate), list(system or [])
    models: list[str | None] = list(model or [])
    if noisy is not None:
        systems = ["noisy", *(systems or names_of(estimates))]
        models = [None, *(models or [None] * len(estimates))]
        estimates = [noisy, *estimates]
    results = score_enhancements(
        clean, estimates, systems=systems, jobs=jobs or None, models=models
    )
    report_enhancements(results, json, markdown, against)


@verb(
    app,
    "likelihood",
    [
        "speechgen score likelihood --data exp/data/test --limit 20 --json bits.json",
        "speechgen score likelihood --model exp/wavenet --data exp/data/test \\",
        "    --vectors exp/test_vectors.npz",
        "speechgen score likelihood --data exp/data/test --model exp/categorical \\",
        "    --model exp/logistic --json exp/outputs.json",
    ],
)
def likelihood(
    data: Data,
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="Model directory or the name of a shipped model; give it more than once to "
            "compare models.",
            metavar="DIR",
        ),
    ] = None,
    vectors: Annotated[
        Path | None,
        typer.Option(help="Speaker vectors of DATA, from speechgen embed --data.", metavar="F.npz"),
    ] = None,
    limit: Limit = None,
    seed: Seed = 0,
    device: Device = "auto",
    json: Json = None,
) -> None:
    """Held-out bits per sample of a WaveNet, with right and with wrong conditions; lower is better.

    With another speaker's vector, or another utterance's content, a model that uses its conditions
    does worse: the mean paired difference is shown with its 95 % bootstrap interval.

    right and the other conditions are in the model's own units: bits of a mu-law class or of a
    level; of a density, which may be negative, where the output is Gaussian. These cannot be
    compared among output distributions. nats_16bit and bits_16bit, under right conditions, can:
    they are -log of the probability of each 16-bit number of the recording, the mass that the model
    gives to the interval of values that the number stands for. They are more than the own bits of a
    coarse scale, by the resolution that it leaves open: the class's bits plus log2 of (width of the
    class / width of the number's interval), since a class's probability is spread evenly over it;
    and for a density, -log2 p - log2(width of the interval).

    Utterances are worked through one by one and whole, so that neither batches nor padding nor the
    length of the pieces matters. Several --model are put side by side on the 16-bit grid, with
    their paired differences to the first.
    """
    from speechgen.evaluation import score_likelihood, score_likelihoods
    from speechgen.store import choose_device

    device = str(choose_device(device))
    if model is None or len(model) == 1:
        one = model[0] if model else None
        report_scores(
            score_likelihood(one, data, vectors, limit=limit, seed=seed, device=device), json
        )
    else:
        report_comparison(
            score_likelihoods(model, data, vectors, limit=limit, seed=seed, device=device), json
        )


@verb(
    app,
    "synthesis",
    [
        "speechgen score synthesis --reference exp/data/test --estimate exp/samples",
        "speechgen score synthesis --reference exp/data/test --mean-of exp/data/train",
    ],
)
def synthesis(
    reference: Annotated[
        Path, typer.Option(help="Data directory of the recordings.", metavar="DIR")
    ],
    estimate: Annotated[
        Path | None, typer.Option(help="Folder of UTTERANCE__as__SPEAKER.wav.", metavar="DIR")
    ] = None,
    mean_of: Annotated[
        Path | None,
        typer.Option(
            help="In place of --estimate: the mean spectrum of this data directory.", metavar="DIR"
        ),
    ] = None,
    encoder: Annotated[
        str | None,
        typer.Option(help="Speaker encoder: model directory or shipped name.", metavar="DIR"),
    ] = None,
    model: Model = None,
    system: System = "",
    device: Device = "auto",
    json: Json = None,
) -> None:
    """Mel-cepstral distortion (dB), F0 error and speaker similarity of synthesised speech.

    MCD, F0 RMSE (cents) and voicing error compare an utterance in its own voice with the recording;
    lower is better. Speaker similarity is the cosine with the voice asked for; higher is better.
    --model only says in the report what made the files.
    """
    from speechgen.errors import ConfigError
    from speechgen.evaluation import score_mean_spectrum, score_synthesis

    if estimate is not None and mean_of is None:
        network = load_for("embed", encoder, device)
        result = score_synthesis(reference, estimate, network, system=system, model=model)
    elif mean_of is not None and estimate is None:
        result = score_mean_spectrum(reference, mean_of)
    else:
        raise ConfigError("give --estimate DIR or --mean-of DIR, one of the two")
    report_scores(result, json)


@verb(app, "speakers", ["speechgen score speakers --data exp/data/test --json eer.json"])
def speakers(data: Data, model: Model = None, device: Device = "auto", json: Json = None) -> None:
    """Equal error rate of a speaker encoder over all pairs of utterances; lower is better.

    Beside it the mean cosines within and between speakers.
    """
    from speechgen.evaluation import score_speakers
    from speechgen.store import load_model, resolve_model

    directory = resolve_model(model, "embed")
    encoder: Any = load_model(directory, device=device).model
    report_scores(score_speakers(encoder, data, model=directory), json)


@verb(
    app,
    "filter",
    [
        "speechgen score filter --train exp/data/pairs_train --noisy exp/data/pairs \\",
        "    --output exp/filtered",
        "speechgen score enhancement --clean exp/data/pairs --estimate exp/filtered",
    ],
)
def linear_filter(
    train: Annotated[
        Path, typer.Option(help="Data directory with noisy.scp to fit to.", metavar="DIR")
    ],
    noisy: Annotated[
        Path, typer.Option(help="Folder, or data directory with noisy.scp, to filter.")
    ],
    output: Annotated[Path, typer.Option(help="Folder for ID.wav.", metavar="DIR")],
    taps: Annotated[int, typer.Option(help="Length of the filter, odd.", metavar="N")] = 257,
    limit: Limit = None,
    overwrite: Overwrite = False,
) -> None:
    """The baseline of enhancement: one fixed linear filter, fitted by least squares.

    What it writes is measured with score enhancement; an enhancer that is worth its weights is
    better.
    """
    from speechgen.evaluation import linear_filter_baseline

    done = linear_filter_baseline(
        train, train, noisy, output, taps=taps, limit=limit, overwrite=overwrite
    )
    print_line(f"{output}: {done['written']} files, filter fitted to {done['pairs']} pairs")


@verb(
    app,
    "pictures",
    [
        "speechgen score pictures --reference exp/data/pairs --estimate exp/enhanced \\",
        "    --output exp/figures --limit 4",
    ],
)
def pictures(
    reference: Annotated[
        Path, typer.Option(help="Data directory of the recordings.", metavar="DIR")
    ],
    estimate: Annotated[
        list[Path],
        typer.Option(
            help="Folder of ID.wav or UTTERANCE__as__SPEAKER.wav; may be given more than once.",
            metavar="DIR",
        ),
    ],
    output: Annotated[Path, typer.Option(help="Folder for ID.png.", metavar="DIR")],
    limit: Limit = None,
    sounds: Annotated[
        Path | None, typer.Option(help="Folder that gets the sounds shown.", metavar="DIR")
    ] = None,
) -> None:
    """Spectrograms side by side: noisy, enhanced, clean; or a recording and its syntheses.

    With several folders there is a column for each, with the folder's name.
    """
    from speechgen.evaluation import draw_pictures

    for picture in draw_pictures(reference, estimate, output, limit=limit, sounds=sounds):
        print_line(f"{picture}")


verb(app, "enhancer", score_ablation.ENHANCER_EXAMPLES)(score_ablation.enhancer)
verb(app, "images", score_images.EXAMPLES)(score_images.images)
verb(app, "ablation", score_ablation.ABLATION_EXAMPLES)(score_ablation.ablation)
verb(app, "latent", score_latent.LATENT_EXAMPLES)(score_latent.latent)
verb(app, "latent-samples", score_latent.SAMPLES_EXAMPLES)(score_latent.latent_samples)


@verb(app, "report", ["speechgen score report --exp exp"])
def report(
    exp: Annotated[Path, typer.Option(help="Folder of an experiment.", metavar="DIR")],
) -> None:
    """Gather every JSON file of scores under DIR into DIR/RESULTS.md."""
    from speechgen.evaluation import write_report

    print_line(f"{write_report(exp)}")


@verb(app, "publish", ["speechgen score publish --exp exp --output egs/digits"])
def publish(
    exp: Annotated[Path, typer.Option(help="Folder of an experiment.", metavar="DIR")],
    output: Annotated[Path, typer.Option(help="Folder that is published.", metavar="DIR")],
) -> None:
    """Copy results worth keeping: RESULTS.md, the scores, contact sheets and a few sounds.

    The pictures of each task go on one contact sheet, side by side under their names; at most
    twelve sounds of ten seconds are taken, evenly over tasks and utterances. Pictures and sounds
    of an earlier publication are removed where nothing links to them any more; what else lies in
    the folder of --output stays.
    """
    from speechgen.reporting.publishing import publish as publish_results

    for path in publish_results(exp, output):
        print_line(f"{path}")
