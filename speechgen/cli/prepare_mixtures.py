"""``speechgen prepare mixtures``: what a training hears, as a data directory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from speechgen.cli.common import print_line
from speechgen.cli.prepare_corpora import Output, tell
from speechgen.errors import ConfigError

EXAMPLES = [
    "speechgen prepare mixtures experiment=spectral_enhancer data.train=exp/data/train \\",
    "    data.noise=exp/data/noise --output exp/heard --count 12",
    "speechgen score listening-page --reference exp/heard --estimate exp/heard/noisy \\",
    "    --output exp/heard/page",
]


def mixtures(
    overrides: Annotated[
        list[str],
        typer.Argument(
            help="experiment=NAME and KEY=VALUE, as of train, without output.", metavar="OVERRIDE"
        ),
    ],
    output: Output,
    count: Annotated[int, typer.Option(help="How many.", metavar="N")] = 12,
    config_dir: Annotated[
        Path | None,
        typer.Option(help="Folder whose experiment/*.yaml can be named too.", metavar="DIR"),
    ] = None,
) -> None:
    """Write what a training hears: pairs drawn as speechgen train draws them, to listen to.

    The data directory has both sides and pairs.tsv, with the level of the speech, the
    signal-to-noise ratio and the clipped share of each, measured. It is a validation set of the
    training's own distribution, too.
    """
    from speechgen.training.drawn_mixtures import write_drawn_mixtures

    if any(word.split("=")[0].strip() == "output" for word in overrides):
        raise ConfigError("output=...: the folder is given as --output here")
    tell(write_drawn_mixtures(overrides, output, count, config_dir))
    print_line(f"{output / 'pairs.tsv'}")
