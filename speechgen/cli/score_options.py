"""Options that several verbs of ``speechgen score`` share, with one wording."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[Path, typer.Option(help="Data directory of recordings.", metavar="DIR")]
Encoder = Annotated[
    str | None,
    typer.Option(help="Speaker encoder: model directory or shipped name.", metavar="DIR"),
]
Jobs = Annotated[int, typer.Option(help="Processes; 0 is one a core.", metavar="N", min=0)]
Limit = Annotated[
    int | None, typer.Option(help="At most N utterances, evenly spread.", metavar="N", min=1)
]
Model = Annotated[
    str | None, typer.Option(help="Model directory or the name of a shipped model.", metavar="DIR")
]
Reference = Annotated[Path, typer.Option(help="Data directory of the recordings.", metavar="DIR")]
Seed = Annotated[int, typer.Option(help="Seed of every random choice.", metavar="N")]
System = Annotated[str, typer.Option(help="What to call it in the report.", metavar="NAME")]
Vectors = Annotated[
    Path | None,
    typer.Option(help="Speaker vectors of DATA, from speechgen embed --data.", metavar="F.npz"),
]
