"""``speechgen score alignment``: how near times are to true ones."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from speechgen.cli.common import Json
from speechgen.cli.show_scores import report_scores

EXAMPLES = [
    "speechgen score alignment --reference exp/mini/phones --estimate exp/times",
    "speechgen score alignment --reference words.ctm --estimate exp/times --tier words",
]


class Tier(StrEnum):
    """What has times."""

    PHONES = "phones"
    WORDS = "words"


def alignment(
    reference: Annotated[
        Path,
        typer.Option(
            help="True times: a CTM, a folder of speechgen align, or phones of the mini corpus.",
            metavar="CTM|DIR",
        ),
    ],
    estimate: Annotated[
        Path, typer.Option(help="A CTM, or a folder of speechgen align.", metavar="CTM|DIR")
    ],
    tier: Annotated[Tier, typer.Option(help="What is compared.")] = Tier.PHONES,
    json: Json = None,
    markdown: Annotated[
        Path | None, typer.Option(help="Write the table to this Markdown file too.", metavar="F.md")
    ] = None,
) -> None:
    """Distances (ms) of the edges of phones or words from true ones; lower is better.

    Recordings are joined by their id. Phones may be written in IPA, ARPABET or as espeak-ng does;
    where the two sides say something else, phones that match on a path of fewest edits count, for
    which all vowels are alike. Each edge counts once: beginnings, and ends before a pause.
    """
    from speechgen.evaluation import score_alignment
    from speechgen.files import check_writable, write_text
    from speechgen.reporting.comparisons import means_table

    for target in (json, markdown):
        if target is not None:
            check_writable(target)
    result = score_alignment(reference, estimate, tier=str(tier))
    if markdown is not None:
        write_text(markdown, means_table(result).markdown())
    report_scores(result, json)
