"""``speechgen score curves``: what held-out data said while models trained."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = [
    "speechgen score curves exp/enhancer",
    "speechgen score curves exp/first exp/second --measure pesq --measure si_sdr --figure both.png",
]


def curves(
    runs: Annotated[
        list[Path],
        typer.Argument(
            help="Output folders of speechgen train, running or done.", metavar="RUN..."
        ),
    ],
    measure: Annotated[
        list[str] | None,
        typer.Option(help="Only this; again for more. All there are if left out.", metavar="NAME"),
    ] = None,
    name: Annotated[
        list[str] | None,
        typer.Option(help="What to call a run; once for every run, in order.", metavar="NAME"),
    ] = None,
    figure: Annotated[
        Path | None, typer.Option(help="Draw the curves here.", metavar="F.png")
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option(help="Write the table to this Markdown file too.", metavar="F.md")
    ] = None,
    json: Annotated[
        Path | None, typer.Option(help="Write every point to this JSON file too.", metavar="F")
    ] = None,
) -> None:
    """Held-out values of trainings over hours and steps, from their metrics.csv.

    Time is that of training: pauses between a stop and its resumption do not count.
    """
    from speechgen.cli.common import console
    from speechgen.errors import ConfigError
    from speechgen.files import check_writable, write_json, write_text
    from speechgen.reporting.learning_curves import (
        common_measures,
        curves_figure,
        curves_table,
        read_curve,
    )

    if name and len(name) != len(runs):
        raise ConfigError(f"--name: {len(name)} for {len(runs)} runs; give one for each or none")
    for target in (figure, markdown, json):
        if target is not None:
            check_writable(target)
    found = [read_curve(run, name[i] if name else None) for i, run in enumerate(runs)]
    measures = common_measures(found, measure or ())
    table = curves_table(found, measures)
    if figure is not None:
        curves_figure(found, measures, figure)
    if markdown is not None:
        write_text(markdown, table.markdown())
    if json is not None:
        points = {
            curve.name: [
                {"hours": hours, "steps": steps, **values} for hours, steps, values in curve.points
            ]
            for curve in found
        }
        write_json(json, points)
    console().print(table)
