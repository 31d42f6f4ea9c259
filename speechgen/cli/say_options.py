"""What ``speechgen say`` is told: which options go together, where the text is, warnings."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from speechgen.cli.common import print_line

if TYPE_CHECKING:
    from speechgen.text import Unsaid

_MOST_WARNINGS = 20


def output_path(text: str) -> Path:
    """``--output``: a name that says what is to be written."""
    from speechgen.audio.writing import is_sound_name

    if not text.strip():
        raise typer.BadParameter("is empty; give a sound file, a folder (. for this), or -")
    path = Path(text)
    if is_sound_name(f"sound{path.name}") and not path.suffix:
        raise typer.BadParameter(f"{text}: has an ending and no name; say sound{path.name}")
    return path


def check_options(
    text: str | None,
    text_file: Path | None,
    batch: Path | None,
    data: Path | None,
    *,
    by: str,
    ssml: bool,
    timings: Path | None,
    folder: bool,
) -> None:
    """Refuse options that do not go together."""
    if sum(one is not None for one in (text, text_file, batch, data)) > 1:
        raise typer.BadParameter("give TEXT, --text-file, --batch or --data, one of them")
    if data is not None and (ssml or timings or by != "paragraph"):
        raise typer.BadParameter("--ssml, --timings and --by do not go with --data")
    if by not in ("paragraph", "line"):
        raise typer.BadParameter(f"--by {by}: say paragraph or line")
    if folder and timings is not None:
        raise typer.BadParameter("--timings goes with one sound; a folder has them in speech.jsonl")
    if folder and ssml and batch is None:
        raise typer.BadParameter("--ssml makes one sound; give --output a name such as out.wav")


def texts_of(text: str | None, text_file: Path | None, batch: Path | None) -> Iterable[str] | str:
    """The text, or where it is read; its file and that of a batch are looked for."""
    import sys

    from speechgen.errors import ConfigError
    from speechgen.synthesis.speech_scripts import check_readable
    from speechgen.text import TextStream

    if batch is not None:
        check_readable(batch)
    if text is not None or batch is not None:
        return text or ""
    if text_file is not None and str(text_file) != "-":
        check_readable(text_file)
        return TextStream(text_file)
    if sys.stdin is None:
        raise ConfigError("stdin is closed; give the text, --text-file or --batch")
    return TextStream(sys.stdin.buffer, "stdin")


def decibels(text: str) -> float:
    """The number of ``+6dB``."""
    import re

    from speechgen.errors import ConfigError

    match = re.fullmatch(r"(?i)([+-]?\d+(?:\.\d*)?)\s*(?:dB)?", text.strip())
    if match is None:
        raise ConfigError(f"--volume {text}: give decibels, as in +6dB or -3dB")
    return float(match[1])


class Told:
    """Warnings of what cannot be said, the first of them in full."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, unsaid: Unsaid) -> None:
        self._count += 1
        if self._count <= _MOST_WARNINGS:
            print_line(f"speechgen: warning: {unsaid}", error=True)

    def close(self) -> None:
        """Say how many more there were."""
        more = self._count - _MOST_WARNINGS
        if more > 0:
            print_line(f"speechgen: warning: and {more} more parts left out", error=True)
