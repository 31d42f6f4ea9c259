"""``speechgen score closed-set``: which of a small set of words is said."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from speechgen.cli.common import Device, Json
from speechgen.cli.score_options import Model, Reference
from speechgen.cli.show_scores import report_systems

EXAMPLES = [
    "speechgen score closed-set --train exp/fsdd/train --reference exp/fsdd/test \\",
    "    --estimate exp/fsdd/test --system recordings",
    "speechgen score closed-set --train exp/fsdd/train --reference exp/fsdd/test \\",
    "    --estimate exp/said --estimate exp/other --json digits.json",
]


def closed_set(
    train: Annotated[
        Path,
        typer.Option(help="Data directory of recordings that teach, with texts.", metavar="DIR"),
    ],
    reference: Reference,
    estimate: Annotated[
        list[Path],
        typer.Option(
            help="Folder of UTTERANCE.wav or UTTERANCE__as__SPEAKER.wav, or a data directory; give "
            "it more than once for several systems.",
            metavar="DIR",
        ),
    ],
    model: Model = None,
    system: Annotated[
        list[str] | None,
        typer.Option(
            help="What to call it in the report; once for every --estimate, in the same order.",
            metavar="NAME",
        ),
    ] = None,
    device: Device = "auto",
    json: Json = None,
) -> None:
    """How often a classifier names the words of a small set, such as digits; higher is better.

    A linear classifier learns from the recordings of TRAIN which of its texts is said, from the
    content that the phone recogniser of --model hears in eight pieces of each, and names the files
    of --estimate, at the sample rate of TRAIN and without what a voice that says ten or more has in
    common in all of them. A file is right where it is named as the text of the
    utterance of REFERENCE that it is called after. Score recordings with the same command, as the
    row to compare with; none of them may be in TRAIN.
    """
    from speechgen.evaluation import score_closed_set
    from speechgen.files import check_writable
    from speechgen.store import load_model, resolve_model

    if json is not None:
        check_writable(json)
    loaded = load_model(resolve_model(model, "synthesize"), device=device)
    found = score_closed_set(loaded, train, reference, estimate, systems=system or ())
    report_systems(found, json)
