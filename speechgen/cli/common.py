"""Shared by the verbs: common options, consoles, one-line errors, tables."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from rich.console import Console

F = TypeVar("F", bound=Callable[..., Any])

Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace outputs that exist already.")]
Device = Annotated[
    str, typer.Option(help="auto (a GPU where there is one), cpu, cuda or cuda:N.", metavar="D")
]
StreamRate = Annotated[
    int | None,
    typer.Option(
        "--rate", min=1, help="Stream without a WAV header: its rate in Hz.", metavar="HZ"
    ),
]
StreamChannels = Annotated[
    int | None,
    typer.Option("--channels", min=1, help="Its channels; 1 where nothing is said.", metavar="N"),
]
StreamFormat = Annotated[
    str | None,
    typer.Option(
        "--format", help="Its samples: s16le (where nothing is said) or f32le.", metavar="F"
    ),
]
ShardText = Annotated[
    str | None,
    typer.Option(
        "--shard",
        help="Part I of N of the files, as 3/8, for a job array; in Slurm "
        "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT.",
        metavar="I/N",
    ),
]
Json = Annotated[
    Path | None,
    typer.Option("--json", help="Write every number to this JSON file too.", metavar="F"),
]


def verb(app: typer.Typer, name: str, examples: list[str], **settings: Any) -> Callable[[F], F]:
    """Add a function to ``app`` as the verb ``name``; its docstring is the help.

    ``examples`` are commands that run as they stand; they close the help. ``settings`` go to
    Typer.
    """

    def add(function: F) -> F:
        help_text = unwrap(inspect.getdoc(function) or "")
        app.command(name, help=help_text, epilog=list_examples(examples), **settings)(function)
        return function

    return add


def unwrap(text: str) -> str:
    """Join the lines of each paragraph, so that the terminal decides where they break."""
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def list_examples(commands: list[str]) -> str:
    """The last paragraph of a help text."""
    lines = (f"  {command}".replace("[", "\\[") for command in commands)
    return "\n".join(["[bold]Examples[/bold]", *lines])


def console(*, error: bool = False) -> Console:
    """A Rich console on stdout, or on stderr for ``error``."""
    from rich.console import Console

    return Console(stderr=error)


def print_line(text: str, *, style: str | None = None, error: bool = False) -> None:
    """Print ``text`` as exactly one line, however narrow the terminal is."""
    from speechgen.files import printable

    console(error=error).print(
        printable(text), style=style, markup=False, highlight=False, soft_wrap=True
    )


def print_written(path: str | Path, note: str = "") -> None:
    """Print the name of an output, unless the output itself may be what stands on stdout."""
    from speechgen.files import is_stream

    if not is_stream(path):
        print_line(f"{path}{note}")


def print_error(message: str, *, program: str = "speechgen") -> None:
    """Print the one red line on stderr that says what is wrong."""
    print_line(f"{program}: error: {message}", style="red", error=True)


def numbers(text: str, option: str) -> list[float]:
    """The numbers of a comma-separated list such as ``0,5,10``."""
    from speechgen.errors import ConfigError

    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise ConfigError(
            f"{option} {text}: give numbers with commas between, as 0,5,10"
        ) from error


def names(text: str | None) -> list[str] | None:
    """The parts of a comma-separated list such as ``own,other``; None stays None."""
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]


def load_for(task: str, reference: str | None, device: str) -> Any:
    """The network that ``--model`` names, or the shipped default of ``task``."""
    from speechgen.store import load_model, resolve_model

    return load_model(resolve_model(reference, task), device=device).model
