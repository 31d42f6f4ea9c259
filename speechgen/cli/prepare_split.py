"""``speechgen prepare split``: train, valid and test of one data directory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from speechgen.cli.common import print_line
from speechgen.cli.prepare_corpora import Output, tell
from speechgen.errors import DataError
from speechgen.files import counted

EXAMPLES = [
    "speechgen prepare split exp/data/all --output exp/data --valid 1 --test 2",
    "speechgen prepare split exp/data/noise --output exp/noise --by noise --valid 0.1 --test 0.2",
]


def split(
    data: Annotated[Path, typer.Argument(help="Data directory to split.", metavar="DATA")],
    output: Output,
    valid: Annotated[
        float,
        typer.Option(help="Size of the validation set: a number, or a share below 1.", metavar="N"),
    ],
    test: Annotated[float, typer.Option(help="Size of the test set, likewise.", metavar="N")],
    by: Annotated[
        str,
        typer.Option(
            help="What the parts do not share: speaker, sentence, noise (a file), or auto.",
            metavar="WHAT",
        ),
    ] = "auto",
    held_out: Annotated[
        Path | None,
        typer.Option(
            help="Utterances to test with, where DATA has any of them, in place of --test: a name "
            "a line (# for comments), with its speaker or without. What says the same goes along.",
            metavar="FILE",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of every random choice.", metavar="N")] = 0,
) -> None:
    """Split DATA into DIR/train, DIR/valid and DIR/test, which share no speaker.

    auto splits the sentences instead where there are fewer than four speakers, and says so: no
    sentence is then on two sides; with --held-out, where DATA has any of them, none is either.
    noise splits a directory of prepare noise, each class on every side.
    """
    from speechgen.data import load_data_directory, split_data, split_noise
    from speechgen.data.kaldi.splitting import says_what_is_named, sentences, what_is_split

    names = _names(held_out) if held_out else []
    if by == "noise":
        if held_out:
            raise DataError("--held-out names utterances of speech; leave it out with --by noise")
        parts = split_noise(data, output, valid=valid, test=test, seed=seed)
    else:
        whole = load_data_directory(data)
        if names:
            tested = says_what_is_named(whole, names)
            found = counted(len(tested), "utterance")
            print_line(f"{held_out}: {found} of {data} say what it names")
        if by == "auto" and what_is_split(whole) == "sentence":
            speakers = counted(len(whole.speaker_names), "speaker")
            print_line(
                f"{data}: has {speakers}; --valid and --test count "
                f"sentences, of which there are {len(set(sentences(whole).values()))}"
            )
        parts = split_data(whole, output, valid=valid, test=test, seed=seed, by=by, held_out=names)
    for part in parts.values():
        tell(part)


def _names(path: Path) -> list[str]:
    """The lines of a file, but for comments.

    Raises
    ------
    DataError
        It cannot be read, is no text, or has nothing in it.
    """
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise DataError(f"{path}: cannot be read ({reason})") from error
    names = [line for line in lines if line and not line.startswith("#")]
    if not names:
        raise DataError(f"{path}: names no utterance; write one a line, or leave --held-out away")
    return names
