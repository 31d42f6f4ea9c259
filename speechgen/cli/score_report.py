"""``speechgen score report``, ``ablation``, ``pictures``, ``listening-page`` and ``publish``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from speechgen.cli.common import print_line
from speechgen.cli.score_options import Limit, Reference

PUBLISH_EXAMPLES = ["speechgen score publish --exp exp --output egs/digits"]
REPORT_EXAMPLES = ["speechgen score report --exp exp"]
ABLATION_EXAMPLES = ["speechgen score ablation --exp exp/ablate --rows rows"]
LISTENING_EXAMPLES = [
    "speechgen score listening-page --reference exp/data/test --estimate exp/copies/wavenet \\",
    "    --estimate exp/copies/parallel --output exp/listening",
]
PICTURES_EXAMPLES = [
    "speechgen score pictures --reference exp/data/pairs --estimate exp/enhanced \\",
    "    --output exp/figures --limit 4",
]


def report(
    exp: Annotated[Path, typer.Option(help="Folder of an experiment.", metavar="DIR")],
) -> None:
    """Gather every JSON file of scores under DIR into DIR/RESULTS.md."""
    from speechgen.reporting import write_report

    print_line(f"{write_report(exp)}")


def ablation(
    exp: Annotated[
        Path, typer.Option(help="Folder with scores/*.json of score enhancer.", metavar="DIR")
    ],
    rows: Annotated[
        Path,
        typer.Option(
            help="Table of contents: on each line a system's name and, in words, what it is. The "
            "first is the base.",
            metavar="FILE",
        ),
    ],
) -> None:
    """One table of many trainings: mean and spread over seeds, and differences to the base.

    Writes DIR/RESULTS.md and DIR/results/ablation.json. All trainings must have had the same number
    of steps and the same data.
    """
    from speechgen.reporting import write_ablation

    print_line(f"{write_ablation(exp, rows)}")


def pictures(
    reference: Reference,
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
    from speechgen.reporting import draw_pictures

    for picture in draw_pictures(reference, estimate, output, limit=limit, sounds=sounds):
        print_line(f"{picture}")


def listening_page(
    reference: Reference,
    estimate: Annotated[
        list[Path],
        typer.Option(
            help="Folder of a system's ID.wav or UTTERANCE__as__SPEAKER.wav; may be given more "
            "than once. Systems are called after their folders.",
            metavar="DIR",
        ),
    ],
    output: Annotated[
        Path, typer.Option(help="Folder for index.html, its sounds and pictures.", metavar="DIR")
    ],
    limit: Limit = None,
    title: Annotated[
        str, typer.Option(help="What stands over the page.", metavar="TEXT")
    ] = "Listening page",
) -> None:
    """Recordings and what systems made of them, in rows with players and spectrograms.

    A page that needs no network and no script. Spectrograms are narrow-band, so that the harmonics
    of the voices can be seen.
    """
    from speechgen.reporting import write_listening_page

    print_line(f"{write_listening_page(reference, estimate, output, limit=limit, title=title)}")


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
