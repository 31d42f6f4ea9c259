"""``speechgen models``: the taxonomy of models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from speechgen.cli.common import console

if TYPE_CHECKING:
    from rich.tree import Tree

    from speechgen.registry import Entry

EXAMPLES = ["speechgen models", "speechgen models variational", "speechgen info spectral-small"]


def models(
    branch: Annotated[
        str | None,
        typer.Argument(help="Only families or models with this word in them.", metavar="WORD"),
    ] = None,
) -> None:
    """Show all models as a taxonomy, with their experiments, results and shipped weights.

    The tree divides explicit densities, tractable and approximate, and implicit ones. Leaves are
    the names for configurations, with their paper; below them are the experiments of speechgen
    train, a published result, and the shipped models, which --model takes by name.
    """
    from rich.tree import Tree

    from speechgen.errors import ConfigError
    from speechgen.registry import ENTRIES, published_results
    from speechgen.training.catalogue import experiments_by_model

    shipped, trained, results = _shipped_by_name(), experiments_by_model(), published_results()
    root = Tree("[bold]generative models[/bold]")
    branches: dict[tuple[str, ...], Tree] = {(): root}
    shown = [entry for entry in ENTRIES.values() if branch is None or _matches(entry, branch)]
    if not shown:
        raise ConfigError(f"no family and no model has {branch!r} in its name; leave WORD out")
    for entry in shown:
        paper = f" [dim]{entry.paper}[/dim]" if entry.paper else ""
        parent = _branch(branches, entry.family)
        leaf = parent.add(f"[green]{entry.name}[/green]: {entry.summary}{paper}")
        if entry.name in trained:
            leaf.add(f"experiment={', '.join(trained[entry.name])}", highlight=False)
        for line in results.get(entry.name, []):
            leaf.add(f"[magenta]{line}[/magenta]", highlight=False)
        for line in shipped.get(entry.name, []):
            leaf.add(line)
    console().print(root)


def _matches(entry: Entry, word: str) -> bool:
    word = word.lower()
    return any(word in name.lower() for name in (entry.name, *entry.family))


def _branch(branches: dict[tuple[str, ...], Tree], family: tuple[str, ...]) -> Tree:
    if family not in branches:
        branches[family] = _branch(branches, family[:-1]).add(f"[bold]{family[-1]}[/bold]")
    return branches[family]


def _shipped_by_name() -> dict[str, list[str]]:
    from speechgen.store import DEFAULTS, describe, shipped_models

    lines: dict[str, list[str]] = {}
    for name, directory in sorted(shipped_models().items()):
        facts = describe(directory)
        default = f", the default to {facts['task']}" if name in DEFAULTS.values() else ""
        megabytes = facts["num_bytes"] / 1e6
        line = f"[cyan]{name}[/cyan], shipped, {megabytes:.1f} MB{default}"
        lines.setdefault(facts["name"], []).append(line)
    return lines
