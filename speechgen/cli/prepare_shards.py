"""``speechgen prepare shards`` and ``index``: data as tar shards, our own and others'."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speechgen.cli.common import print_line
from speechgen.files import counted

if TYPE_CHECKING:
    from speechgen.data.shards.shard_set import ShardSet

EXAMPLES = [
    "speechgen prepare shards exp/data/train --output exp/shards/train",
    "speechgen prepare shards exp/data/noise --output exp/shards/noise --shard-mib 64",
]
INDEX_EXAMPLES = ["speechgen prepare index exp/shards/train"]


def shards(
    data: Annotated[Path, typer.Argument(help="Data directory.", metavar="DATA")],
    output: Annotated[
        str, typer.Option("--output", help="Folder to write the shards to.", metavar="DIR")
    ],
    shard_mib: Annotated[
        float, typer.Option("--shard-mib", help="Size of a shard in MiB.", metavar="N")
    ] = 256.0,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            help="flac or wav (16 bits, or 24 where there are more), or keep: files as they are.",
            metavar="F",
        ),
    ] = "flac",
    seed: Annotated[int, typer.Option(help="Seed of their order.", metavar="N")] = 0,
) -> None:
    """Write a data directory as tar shards (WebDataset) for training on more than a disk holds.

    DIR goes wherever a training takes a data directory, as data.train=DIR. Nothing is decoded
    beforehand and nothing extracted: a training reads the utterances it needs out of the tars,
    each once in an epoch. Words, phones, symbols and noisy versions go along; so write phones and
    symbols into DATA first. A second call goes on where an interrupted one stopped.
    """
    from speechgen.data.shards.shard_writing import prepare_shards

    _tell(prepare_shards(data, output, shard_mib=shard_mib, form=form, seed=seed))


def index(
    folder: Annotated[str, typer.Argument(help="Folder of .tar files.", metavar="FOLDER")],
) -> None:
    """Index tar shards that others have packed as WebDataset does, so that trainings take them.

    An utterance is what shares a name up to the first dot: KEY.flac (wav, ogg, opus, mp3), and on
    request KEY.noisy.flac and KEY.json with speaker, text, phones or symbols. The tars stay as they
    are; every sound is decoded once.
    """
    from speechgen.data.shards.index_files import index_folder

    _tell(index_folder(folder))


def _tell(found: ShardSet) -> None:
    hours = found.duration_seconds / 3600
    print_line(
        f"{found.path}: {counted(len(found.shards), 'shard')}, "
        f"{counted(len(found), 'utterance')}, {hours:.2f} h, "
        f"{counted(len(found.speaker_names), 'speaker')}"
    )
