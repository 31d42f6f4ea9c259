"""``speechgen validate``: is this a data directory?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from speechgen.cli.common import print_line

EXAMPLES = ["speechgen validate exp/data/all", "speechgen validate exp/data/*"]


def validate(
    data: Annotated[list[Path], typer.Argument(help="Data directories.", metavar="DATA")],
) -> None:
    """Check data directories: files present, sorted, complete, in step with one another.

    Problems are listed with file and line, and the exit status is 1. An entry that is a command
    (it ends in |) is refused: nothing in a data directory is ever executed.
    """
    from speechgen.data import load_data_directory
    from speechgen.data import validate as problems_of
    from speechgen.errors import DataError

    bad = []
    for directory in data:
        problems = problems_of(directory)
        for problem in problems[:-1] if len(data) == 1 else problems:
            print_line(problem)
        if problems:
            bad.append((directory, problems))
            continue
        found = load_data_directory(directory)
        speakers = len(set(found.speakers.values()))
        print_line(f"{directory}: good, {len(found.wavs)} utterances, {speakers} speakers")
    if bad:
        raise DataError(_summary(bad))


def _summary(bad: list[tuple[Path, list[str]]]) -> str:
    if len(bad) == 1 and len(bad[0][1]) == 1:
        return bad[0][1][0]
    return "; ".join(f"{directory}: {len(problems)} problems" for directory, problems in bad)
