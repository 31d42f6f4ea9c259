"""``speechgen validate``: check data directories."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from speechgen.cli.common import print_error, print_line
from speechgen.files import counted

EXAMPLES = [
    "speechgen validate exp/data/all",
    "speechgen validate exp/data/train exp/data/valid exp/data/test",
]


def validate(
    data: Annotated[
        list[str],
        typer.Argument(help="Data directories, shards, URLs of shards.", metavar="DATA"),
    ],
) -> None:
    """Check data directories, or shards of them: files present, sorted, complete and consistent.

    Problems are listed with file and line, and the exit status is 1. An entry that is a command
    (it ends in |) is refused: nothing in a data directory is ever executed. Of shards every byte is
    read and compared with the checksums; those behind a URL are downloaded one after the other.
    """
    from speechgen.data import load_data_directory
    from speechgen.data import validate as problems_of
    from speechgen.data.shards.checking import check_shards
    from speechgen.data.shards.shard_set import ShardSet, is_shards

    all_good = True
    for directory in data:
        problems = check_shards(directory) if is_shards(directory) else problems_of(directory)
        for problem in problems:
            print_error(problem)
        if problems:
            all_good = False
            continue
        found: Any = ShardSet(directory) if is_shards(directory) else load_data_directory(directory)
        utterances = counted(len(found), "utterance")
        print_line(
            f"{directory}: good, {utterances}, {counted(len(found.speaker_names), 'speaker')}"
        )
    if not all_good:
        raise typer.Exit(1)
