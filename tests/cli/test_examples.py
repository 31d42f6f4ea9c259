"""Every example in the help and the documentation is a command that the program understands."""

from __future__ import annotations

import itertools
import re
import shlex
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from speechgen.cli.entry import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    "README.md",
    ".github/CONTRIBUTING.md",
    *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tools" / "docs").glob("*.md")),
]


def _commands(text: str) -> list[str]:
    """The lines that call speechgen, continued ones joined, without comments."""
    joined = re.sub(r"\\\n\s*", "", text)
    lines = [line.strip() for line in joined.splitlines()]
    return [line for line in lines if line.startswith("speechgen ")]


def _examples(command: typer.core.TyperCommand) -> list[str]:
    return _commands(command.epilog or "")


def _all_verbs() -> list[tuple[str, typer.core.TyperCommand]]:
    found = []
    for name, command in typer.main.get_command(app).commands.items():
        found.append((name, command))
        for sub, verb in getattr(command, "commands", {}).items():
            found.append((f"{name} {sub}", verb))
    return found


def _parse(line: str) -> None:
    """Parse as the program would, to the last option, without doing it."""
    words = list(itertools.takewhile(lambda word: word != "|", shlex.split(line, comments=True)))[
        1:
    ]
    words = [word for word in words if word[:1] not in ("<", ">")]  # those are the shell's
    command = typer.main.get_command(app)
    context = None
    while isinstance(command, TyperGroup) and words and not words[0].startswith("-"):
        context = command.make_context(command.name, [words[0]], parent=context)
        _, command, _ = command.resolve_command(context, [words[0]])
        words = words[1:]
    if "--help" not in words:
        command.make_context(command.name, words, parent=context)


@pytest.mark.parametrize(("verb", "command"), _all_verbs(), ids=[name for name, _ in _all_verbs()])
def test_the_examples_of_the_help_parse(verb, command):
    lines = _examples(command)
    assert lines
    for line in lines:
        _parse(line)


@pytest.mark.parametrize("page", PAGES)
def test_the_examples_of_the_documentation_parse(page):
    for line in _commands_of(page):
        _parse(line)


def test_the_readme_shows_every_verb_that_makes_something():
    shown = {line.split()[1] for line in _commands_of("README.md")}
    assert {"prepare", "train", "synthesize", "enhance", "embed", "sample", "score"} <= shown


def _commands_of(page: str) -> list[str]:
    text = (ROOT / page).read_text()
    blocks = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
    rest = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    blocks += re.findall(r"^ {4}speechgen .*$", rest, re.MULTILINE)  # code by indentation
    return [line for block in blocks for line in _commands(block)]


def test_a_wrong_example_would_be_noticed():
    for line in ("speechgen enhance a.wav --out b.wav", "speechgen prepare three a --output b"):
        with pytest.raises(typer.exceptions.TyperException):
            _parse(line)
