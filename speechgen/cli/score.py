"""``speechgen score``: numbers for what was enhanced, synthesised or trained."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from speechgen.cli.common import (
    Device,
    Json,
    list_examples,
    load_for,
    report_scores,
    verb,
)

app = typer.Typer(
    no_args_is_help=True,
    help="Measure enhanced speech, synthesised speech, a WaveNet or a speaker encoder.\n\n"
    "Files are joined by their id. Silent, too short or unreadable ones go to failed with the "
    "reason and are counted, never averaged.",
    epilog=list_examples(
        [
            "speechgen score enhancement --clean clean --estimate cleaned --json scores.json",
            "speechgen score speakers --data exp/data/test",
        ]
    ),
)

Data = Annotated[Path, typer.Option(help="Data directory.", metavar="DIR")]
Model = Annotated[str | None, typer.Option(help="Model directory or shipped name.", metavar="DIR")]
Vectors = Annotated[
    Path | None,
    typer.Option(help="Speaker vectors from speechgen embed --data.", metavar="F.npz"),
]
Limit = Annotated[int | None, typer.Option(help="At most N utterances.", metavar="N")]
Seed = Annotated[int, typer.Option(help="Seed of every random choice.", metavar="N")]


@verb(
    app,
    "enhancement",
    [
        "speechgen score enhancement --clean clean --estimate noisy",
        "speechgen score enhancement --clean clean --estimate cleaned --json scores.json",
    ],
)
def enhancement(
    clean: Annotated[
        Path, typer.Option(help="Folder of clean files, or a data directory.", metavar="DIR")
    ],
    estimate: Annotated[
        Path, typer.Option(help="Folder of files with the same names.", metavar="DIR")
    ],
    jobs: Annotated[int, typer.Option(help="Processes; 0 is one a core.", metavar="N", min=0)] = 0,
    json: Json = None,
) -> None:
    """PESQ, STOI, SI-SDR (dB), SSNR (dB), CSIG, CBAK and COVL of enhanced files; higher is better.

    Measured at 16 kHz, file by file against the clean file of the same name, and averaged. The
    exit status is 1 where a file failed.
    """
    from speechgen.evaluation import score_enhancement

    report_scores(score_enhancement(clean, estimate, jobs=jobs or None), json)


@verb(
    app,
    "likelihood",
    [
        "speechgen score likelihood --data exp/data/test --vectors exp/test_vectors.npz",
        "speechgen score likelihood --model exp/wavenet/model --data exp/data/test "
        "--limit 20 --json bits.json",
    ],
)
def likelihood(
    data: Data,
    model: Model = None,
    vectors: Vectors = None,
    limit: Limit = None,
    seed: Seed = 0,
    device: Device = "auto",
    json: Json = None,
) -> None:
    """Held-out bits per sample of a WaveNet, with right and with wrong conditions; lower is better.

    The paired differences say how much the model gains from the speaker vector and from the
    content: with another speaker's vector and with another utterance's content it should do worse.
    """
    raise NotImplementedError


@verb(
    app,
    "synthesis",
    ["speechgen score synthesis --reference exp/reference --estimate exp/samples --json mcd.json"],
)
def synthesis(
    reference: Annotated[Path, typer.Option(help="Data directory or folder.", metavar="DIR")],
    estimate: Annotated[
        Path, typer.Option(help="Folder of UTTERANCE__as__SPEAKER.wav.", metavar="DIR")
    ],
    model: Annotated[
        str | None,
        typer.Option(help="Speaker encoder: model directory or shipped name.", metavar="DIR"),
    ] = None,
    device: Device = "auto",
    json: Json = None,
) -> None:
    """Mel-cepstral distortion (dB), F0 error and speaker similarity of synthesised speech.

    Distortion and F0 error compare an utterance in its own voice with the recording; lower is
    better. Similarity is the cosine with the voice asked for; higher is better.
    """
    raise NotImplementedError


@verb(app, "speakers", ["speechgen score speakers --data exp/data/test --json eer.json"])
def speakers(data: Data, model: Model = None, device: Device = "auto", json: Json = None) -> None:
    """Equal error rate of a speaker encoder over all pairs of utterances; lower is better."""
    from speechgen.evaluation import score_speakers

    report_scores(score_speakers(load_for("embed", model, device), data), json)
