"""``speechgen prepare fsdd`` and ``prepare ljspeech``: corpora with layouts of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speechgen.cli.common import print_line
from speechgen.files import counted

if TYPE_CHECKING:
    from speechgen.data import DataDirectory

FSDD_EXAMPLES = ["speechgen prepare fsdd $SPEECHGEN_CORPORA/fsdd --output exp/data"]
LJSPEECH_EXAMPLES = [
    "speechgen prepare ljspeech LJSpeech-1.1 --output exp/data/lj",
    "speechgen prepare ljspeech corpora --download --output exp/data/lj",
]

Root = Annotated[Path, typer.Argument(help="Folder of the corpus.", metavar="ROOT")]
Output = Annotated[
    Path, typer.Option("--output", help="Folder to write the data directory to.", metavar="DIR")
]


def fsdd(root: Root, output: Output) -> None:
    """Read the Free Spoken Digit Dataset into DIR/train, DIR/valid and DIR/test.

    Files are named DIGIT_SPEAKER_INDEX; indices 0 to 4 are for testing, 5 and 6 for validation.
    """
    from speechgen.data.corpora.fsdd import prepare_fsdd

    for part in prepare_fsdd(root, output).values():
        tell(part)


def ljspeech(
    root: Root,
    output: Output,
    download: Annotated[
        bool,
        typer.Option(
            "--download", help="First download LJ Speech 1.1 (2.7 GB) into ROOT; resumes."
        ),
    ] = False,
) -> None:
    """Read LJ Speech as it is unpacked: metadata.csv and wavs/, one voice, called lj."""
    from speechgen.data import download_ljspeech, prepare_ljspeech

    if download:
        download_ljspeech(root)
    tell(prepare_ljspeech(root, output))


def tell(data: DataDirectory) -> None:
    """One line on a data directory that was written."""
    speakers = counted(len(data.speaker_names), "speaker")
    print_line(f"{data.path}: {counted(len(data), 'utterance')}, {speakers}")
